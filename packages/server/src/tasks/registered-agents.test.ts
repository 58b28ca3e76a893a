import { describe, expect, it } from 'vitest';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';
import { postgresTaskRecords } from './postgres-task-records.ts';
import { REGISTERED_REVISION, registeredAgents } from './registered-agents.ts';
import { storedAgents } from './stored-agents.ts';
import { taskDesk } from './task-desk.ts';

const TENANT = 'default';
const ID = trackId('shop', 'production', 'research');
const DELIVERED = trackId('shop', 'production', 'triage');
const database = withDatabase();
const wish = (more: object = {}) => ({
  ...{ id: ID, name: 'Research', category: 'back-office', capabilities: ['search'] },
  ...{ configuration: { model: 'none' }, ...more },
});
const agents = () =>
  registeredAgents({
    ...{ db: database.db, tenant: TENANT, now: () => 5_000 },
    isDelivered: async (id) => id === DELIVERED,
  });
const desk = () =>
  taskDesk({
    engine: postgresTaskEngine(database.db),
    now: Date.now,
    taken: () => undefined,
  });

describe('an agent that releases do not deliver', () => {
  it('is registered once, changed, and takes tasks for its only revision', async () => {
    expect(await desk().submit(TENANT, ID, [{ input: 1 }])).toMatchObject({ ok: false });
    expect(await agents().create(wish())).toMatchObject({ ok: true, value: { id: ID, createdAt: 5_000 } });
    expect(await agents().create(wish())).toMatchObject({ refusal: { code: 'already-registered' } });
    expect(await agents().update(wish({ name: 'R', capabilities: [] }))).toMatchObject({
      ok: true,
      value: { name: 'R', capabilities: [], configuration: { model: 'none' } },
    });
    expect(await agents().list()).toMatchObject([{ id: ID, name: 'R' }]);
    const taken = await desk().submit(TENANT, ID, [{ input: 1 }]);
    expect(taken).toMatchObject({ ok: true });
    const listed = await postgresTaskRecords(database.db).list(TENANT, { queue: ID, limit: 10 });
    expect(listed).toMatchObject([{ revision: REGISTERED_REVISION, state: 'waiting' }]);
  });

  it('is forgotten when none of its tasks is open, and takes none after', async () => {
    const serving = desk();
    await agents().create(wish());
    const taken = await serving.submit(TENANT, ID, [{ input: 1 }]);
    expect(await agents().remove(ID)).toMatchObject({ refusal: { code: 'has-tasks' } });
    await postgresTaskRecords(database.db).cancel(TENANT, (taken.ok && taken.value[0]?.id) || '');
    expect(await agents().remove(ID)).toEqual({ ok: true, value: null });
    expect(await agents().remove(ID)).toMatchObject({ refusal: { code: 'no-such-agent' } });
    expect(await serving.submit(TENANT, ID, [{ input: 1 }])).toMatchObject({
      refusal: { code: 'not-served' },
    });
  });

  it('that a release has taken over can be forgotten, and its queue stays with the release', async () => {
    await agents().create(wish());
    await desk().submit(TENANT, ID, [{ input: 1 }]);
    const taken = registeredAgents({
      ...{ db: database.db, tenant: TENANT, now: () => 5_000 },
      isDelivered: async () => true,
    });
    expect(await taken.remove(ID)).toEqual({ ok: true, value: null });
    expect(await taken.list()).toEqual([]);
    expect(await taken.remove(ID)).toMatchObject({ refusal: { code: 'delivered' } });
  });

  it('never has the id of one that they deliver, whose words are in its file', async () => {
    for (const change of [
      agents().create(wish({ id: DELIVERED })),
      agents().update(wish({ id: DELIVERED })),
      agents().remove(DELIVERED),
    ])
      expect(await change).toMatchObject({
        refusal: { code: 'delivered', remedy: expect.stringContaining('sluice.yaml') },
      });
  });

  it('is shown beside those that are delivered, and its workers may be what it declares', async () => {
    await agents().create(wish());
    const worker = {
      ...{ tenant: TENANT, worker: 'w', queue: ID, revision: REGISTERED_REVISION, abilities: ['search'] },
      ...{ running: 0, wanted: 1 },
    };
    const directory = storedAgents({
      tracks: async () => [],
      track: async () => null,
      revision: async () => null,
      registered: agents(),
      connected: () => [worker],
    });
    expect(await directory.list()).toMatchObject([{ id: ID, status: 'active', category: 'back-office' }]);
    expect(await directory.registered()).toEqual(await directory.list());
    expect(await directory.revision(ID, REGISTERED_REVISION)).toEqual({ declared: ['search'] });
    expect(await directory.revision(DELIVERED, REGISTERED_REVISION)).toBeNull();
  });
});
