/** What finds revisions by what they say, as a tenant asks: behind row-level security an index on an expression helps nobody. */
import { type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listClusterUsers } from '../clusters/cluster-users.ts';
import { type Database, openTenantDatabases, type TenantDatabases } from '../database/open-database.ts';
import { listRouteUsers } from '../routes/route-users.ts';
import { listAgentTracks } from '../tasks/agent-tracks.ts';
import { explained } from '../testing/explained.ts';
import { createTracks, revisionOf, TENANT, WEB } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { putRevisions } from './revisions.ts';

const database = withDatabase();
const OTHER = trackId('shop', 'production', 'other');
let tenants: TenantDatabases;
beforeAll(() => {
  tenants = openTenantDatabases(database.url, { maxConnections: 1 });
});
afterAll(() => tenants.close());
beforeEach(() => createTracks(database.db, 'web', 'other'));

const put = (number: number, component: unknown, of: TrackId = WEB) =>
  putRevisions(database.db, TENANT, [revisionOf(number, { trackId: of, spec: { component } })]);
const usersOf = async (host: string | null, path: string, besides = OTHER) =>
  (await listRouteUsers(tenants.of(TENANT), TENANT, { host, path, besides })).map(({ trackId: id }) => id);

describe('the users of a route', () => {
  it.each([
    [{ host: 'Shop.example', path: '/cart/' }, 'shop.EXAMPLE', '/cart'],
    [{ host: 'shop.example', path: '/' }, 'shop.example', '/'],
    [{ path: '/cart' }, null, '/cart/'],
    [{ host: null, path: '/' }, null, '/'],
  ])('%j is taken for %s%s', async (route, host, path) => {
    await put(1, { route });
    expect(await usersOf(host, path)).toEqual([WEB]);
    expect(await usersOf(host, path, WEB)).toEqual([]);
  });

  it.each([
    [{ host: 'shop.example', path: '/cart' }, null, '/cart'],
    [{ path: '/cart' }, 'shop.example', '/cart'],
    [{ host: 'shop.example', path: '/cart' }, 'shop.example', '/Cart'],
  ])('%j is not taken for %s%s', async (route, host, path) => {
    await put(1, { route });
    expect(await usersOf(host, path)).toEqual([]);
  });

  it('are neither agents nor what runs in a cluster, nor what has no route', async () => {
    const route = { host: 'shop.example', path: '/' };
    await put(1, { route, agents: {} });
    await put(2, { route, workload: { on: 'kubernetes' } });
    await put(3, {});
    expect(await usersOf('shop.example', '/')).toEqual([]);
    await put(4, { route, workload: { on: 'machine' } });
    expect(await usersOf('shop.example', '/')).toEqual([WEB]);
  });
});

it('a track of agents is told with its newest revision of agents', async () => {
  await put(1, { agents: { concurrency: 1 } });
  await put(2, { agents: { concurrency: 2 } });
  await put(3, {}, OTHER);
  const listed = await listAgentTracks(tenants.of(TENANT), TENANT);
  expect(listed).toMatchObject([{ id: WEB, spec: { component: { agents: { concurrency: 2 } } } }]);
  expect(await listAgentTracks(tenants.of(TENANT), TENANT, OTHER)).toEqual([]);
});

describe('among thousands of revisions', () => {
  beforeEach(async () => {
    await sql`insert into revisions (tenant, track_id, id, version_label, spec, created_at)
      select ${TENANT}, ${WEB}, 'web-' || n, 'v', json_build_object('component', json_build_object(
        'route', json_build_object('host', 'h' || n, 'path', '/')))::jsonb, now()
      from generate_series(1, 5000) as n`.execute(database.db);
    await sql`analyze revisions, tracks`.execute(database.db);
  });

  it.each<[string, string, (db: Database) => Promise<unknown>]>([
    [
      'the users of a route',
      'revisions_by_machine_route',
      (db) => listRouteUsers(db, TENANT, { host: 'h7', path: '/', besides: OTHER }),
    ],
    ['the users of a cluster', 'revisions_by_cluster', (db) => listClusterUsers(db, TENANT, 'east')],
    ['the tracks of agents', 'revisions_of_agents', (db) => listAgentTracks(db, TENANT)],
  ])('%s are found without reading the others', async (_, index, ask) => {
    const explaining = explained(tenants.of(TENANT));
    await ask(explaining.db);
    expect(explaining.plan()).toContain(index);
    expect(explaining.plan()).not.toContain('Seq Scan on revisions');
  });
});
