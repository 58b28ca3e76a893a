import { ANONYMOUS, type Caller } from '@sluice/core/access/caller.ts';
import { decideAccess, placeOf } from '@sluice/core/access/decide-access.ts';
import { type BuiltInRole, ROLES } from '@sluice/core/access/roles.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessGuard } from '../../access/access-guard.ts';
import { sampleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const callerWith = (subject: string, role?: BuiltInRole, project = '*', environment = '*'): Caller => ({
  tenant: 'default',
  subject,
  name: subject,
  groups: [],
  grants: role ? [{ role, permissions: ROLES[role], project, environment }] : [],
});

const CALLERS: Readonly<Record<string, Caller>> = {
  viewer: callerWith('person:vera', 'viewer', 'shop'),
  developer: callerWith('person:dan', 'developer', 'shop', 'staging'),
  admin: callerWith('token:root', 'admin'),
};

/** The tracks that workflows go through. */
const workflows = new Map<string, readonly string[]>();

/** Applications are projects of the same name here. */
const guard: AccessGuard = {
  callerOf: async ({ bearer }) => (bearer === null ? callerWith(ANONYMOUS) : (CALLERS[bearer] ?? null)),
  mayWith: async (caller, permission, track) => {
    const [application = '', environment = ''] = track.split('/');
    return decideAccess(caller, permission, placeOf(application, environment));
  },
  tracksOf: async (_caller, kind, id) =>
    kind === 'workflow' ? (workflows.get(id) ?? []) : id === 'ro-1' ? ['bank/production/web'] : [],
};

let api: TestApi;
beforeEach(() => {
  const tracks = ['bank/production/web', 'shop/production/web', 'shop/staging/web'].map((id) => {
    const [application = '', environment = '', component = ''] = id.split('/');
    return sampleTrack({ id, application, environment, component });
  });
  api = testApi({ access: guard, tracks });
});
afterEach(() => api.app.close());

const ask = (bearer: string | null, method: 'GET' | 'POST', url: string, body?: object) =>
  api.app.inject({
    method,
    url,
    headers: { host: 'localhost', ...(bearer !== null && { authorization: `Bearer ${bearer}` }) },
    ...(body && { payload: body }),
  });

const PAUSE = { command: 'pause' };

describe('access', () => {
  it('tells nothing of a track that the caller may not see, where policies are asked about it', async () => {
    const tried = (track: string) => ask('viewer', 'POST', '/api/v1/policies/test', { track });
    expect((await tried('bank/production/web')).statusCode).toBe(403);
    expect((await tried('shop/nowhere/web')).statusCode).toBe(404);
  });

  it('is asked for before anything else is said', async () => {
    const reply = await ask(null, 'GET', '/api/v1/tracks/there/is/nothing');
    expect(reply.statusCode).toBe(401);
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="sluice"');
    expect(reply.json()).toMatchObject({ code: 'unauthenticated' });
  });

  it('is not had by what is nobody’s', async () => {
    for (const bearer of ['nobody', 'x'.repeat(5_000), 'slu_0000000000000000_'])
      expect((await ask(bearer, 'GET', '/api/v1/tracks')).json()).toMatchObject({
        status: 401,
        code: 'unknown-credentials',
      });
    const basic = await api.app.inject({
      url: '/api/v1/tracks',
      headers: { host: 'localhost', authorization: 'Basic YWRtaW46YWRtaW4=' },
    });
    expect(basic.json()).toMatchObject({ code: 'unknown-credentials' });
  });

  it('is needed for nothing that only says whether the control plane lives', async () => {
    expect((await ask(null, 'GET', '/health/live')).statusCode).toBe(200);
    expect((await ask(null, 'GET', '/openapi.json')).statusCode).toBe(200);
  });

  it('is decided by the track that a path names', async () => {
    const pause = (bearer: string, track: string) =>
      ask(bearer, 'POST', `/api/v1/tracks/${track}/commands`, PAUSE);
    expect((await pause('developer', 'shop/staging/web')).statusCode).toBe(200);
    const refused = await pause('developer', 'shop/production/web');
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toMatchObject({
      code: 'forbidden',
      detail: 'person:dan has no role with delivery:steer in the environment production of the project shop.',
    });
    expect((await pause('viewer', 'shop/staging/web')).json()).toMatchObject({
      code: 'forbidden',
      detail: 'person:vera has no role with delivery:steer anywhere.',
    });
    expect(api.plane.effects).toHaveLength(1);
  });

  it('is decided by the track of what an id names', async () => {
    expect((await ask('viewer', 'GET', '/api/v1/rollouts/ro-1')).statusCode).toBe(403);
    expect((await ask('admin', 'GET', '/api/v1/rollouts/ro-1')).statusCode).not.toBe(403);
  });

  it('cuts a list down to what may be seen', async () => {
    const seen = async (bearer: string) =>
      ((await ask(bearer, 'GET', '/api/v1/tracks')).json() as { items: { id: string }[] }).items.map(
        ({ id }) => id,
      );
    expect(await seen('viewer')).toEqual(['shop/production/web', 'shop/staging/web']);
    expect(await seen('developer')).toEqual(['shop/staging/web']);
    expect(await seen('admin')).toHaveLength(3);
  });

  it('shows a workflow to whoever sees every track that it goes through', async () => {
    const through = async (...tracks: readonly string[]): Promise<string> => {
      const tasks = tracks.map((track, at) => ({ name: `t${at}`, track }));
      const { id } = (await ask('admin', 'POST', '/api/v1/workflows', { tasks })).json() as { id: string };
      workflows.set(id, tracks);
      return id;
    };
    const shop = await through('shop/staging/agent');
    const live = await through('shop/staging/agent', 'shop/production/agent');
    const bank = await through('shop/staging/agent', 'bank/staging/agent');
    const seen = async (bearer: string): Promise<readonly string[]> =>
      ((await ask(bearer, 'GET', '/api/v1/workflows')).json() as { items: { id: string }[] }).items.map(
        ({ id }) => id,
      );
    expect(await seen('admin')).toEqual([bank, live, shop]);
    expect(await seen('viewer')).toEqual([live, shop]);
    expect(await seen('developer')).toEqual([shop]);
  });

  it('is needed for every agent that a workflow names, also where one undoes what another did', async () => {
    const mine = 'shop/staging/agent';
    const submit = (undoes: string) =>
      ask('developer', 'POST', '/api/v1/workflows', {
        tasks: [{ name: 'book', track: mine, compensation: { track: undoes } }],
        onFailure: 'compensate',
      });
    expect((await submit(mine)).statusCode).toBe(202);
    expect((await submit('bank/production/agent')).statusCode).toBe(403);
  });

  it('is for the organisation where nothing of a project is meant', async () => {
    expect((await ask('developer', 'GET', '/api/v1/ledger')).statusCode).toBe(403);
    expect((await ask('admin', 'GET', '/api/v1/ledger')).statusCode).toBe(200);
  });

  it('says who asks, whatever the request says', async () => {
    const paused = await ask('admin', 'POST', '/api/v1/tracks/shop/staging/web/commands', {
      ...PAUSE,
      by: 'mallory',
    });
    expect(paused.json()).toMatchObject({ active: { reason: { detail: 'paused by token:root' } } });
  });
});

it('no route is served that does not say what it needs', () => {
  expect(() => api.app.get('/api/v1/forgotten', async () => 'everything')).toThrow(
    'does not say what it needs of its caller',
  );
});
