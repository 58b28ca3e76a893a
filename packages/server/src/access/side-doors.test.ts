/** Ways around what somebody may do, each of which once led somewhere. */
import { trackId } from '@sluice/core/kernel/ids.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentMemory } from '../memory/agent-memory.ts';
import { NOON, TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { AccessRig, roleAt } from './testing/access-rig.ts';
import { issueWorkerToken } from './workers/issue-worker-token.ts';

const database = withDatabase();
let rig: AccessRig;
let root: string;
beforeEach(async () => {
  rig = AccessRig.open(database.db, () => ({
    memory: agentMemory({ db: database.db, tenant: TENANT, usedBytes: async () => 0 }),
  }));
  root = await rig.token('root', roleAt('admin'));
});
afterEach(() => rig.close());

const MINE = 'shop/staging/clerk';
const THEIRS = 'shop/production/clerk';
const at = (track: string): string => `track=${encodeURIComponent(track)}`;

describe('a request that names two tracks', () => {
  let dan: string;
  beforeEach(async () => {
    dan = await rig.token('dan', roleAt('developer', '*', 'staging'));
    const kept = { token: root, body: { value: 'the combination is 4711' } };
    expect((await rig.ask('PUT', `/api/v1/memory/safe?${at(THEIRS)}`, kept)).status).toBe(200);
    expect((await rig.ask('PUT', '/api/v1/memory/safe', kept)).status).toBe(200);
  });
  const search = (query: string, track: string) =>
    rig.ask('POST', `/api/v1/memory-search${query}`, { token: dan, body: { track, text: 'combination' } });

  it('is judged by the one that it is about, and not by one that is beside it', async () => {
    expect((await search('', MINE)).status).toBe(200);
    expect(await search('', THEIRS)).toMatchObject({ status: 403 });
    expect(await search(`?${at(MINE)}`, THEIRS)).toMatchObject({ status: 403 });
  });

  it('is about the organisation where only its body says something else, of which nothing is read', async () => {
    const forget = { token: dan, body: { track: MINE } };
    expect(await rig.ask('DELETE', '/api/v1/memory/safe', forget)).toMatchObject({ status: 403 });
    expect(await rig.ask('GET', '/api/v1/memory/safe', { token: root })).toMatchObject({
      body: { value: 'the combination is 4711' },
    });
  });
});

describe('a worker', () => {
  const worker = async (): Promise<string> => {
    const wanted = { track: trackId('shop', 'production', 'triage'), at: NOON, expiresAt: NOON + 3_600_000 };
    const { text } = await issueWorkerToken(database.db, TENANT, { ...wanted, createdBy: 'system' });
    return text;
  };

  it('makes no token that is good for more than its track', async () => {
    const roles = [{ role: 'worker', project: 'default', environment: 'production' }];
    expect(
      await rig.ask('POST', '/api/v1/tokens', { token: await worker(), body: { name: 'mine', roles } }),
    ).toMatchObject({ status: 403, body: { code: 'beyond-own-rights' } });
  });

  it('lets no worker of another track join', async () => {
    const body = { track: 'shop/production/billing' };
    expect(await rig.ask('POST', '/api/v1/join-tokens', { token: await worker(), body })).toMatchObject({
      status: 403,
      body: { code: 'beyond-own-rights' },
    });
  });
});
