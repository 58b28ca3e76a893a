/** Ways around what somebody may do, each of which once led somewhere. */
import { once } from 'node:events';
import { Code, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { AgentService } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleEvent } from '@sluice/protocol/http/testing/sample-views.ts';
import { listenOnLoopback } from '../api/listen-on-loopback.ts';
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
    limits: { callerLookMs: 20 },
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

describe('whoever follows what happens', () => {
  const follow = async (token: string) => {
    const { url } = await listenOnLoopback(rig.api.app, { port: 0 });
    const response = await fetch(`${url}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    return { told: response.text() };
  };
  const put = (url: string, body: object) => rig.ask('PUT', `/api/v1/${url}`, { token: root, body });

  it('is told nothing more once what let them in was revoked', async () => {
    const { told } = await follow(await rig.token('eve', roleAt('viewer')));
    expect((await rig.ask('DELETE', '/api/v1/tokens/eve', { token: root })).status).toBe(200);
    rig.api.plane.feed.publish(sampleEvent(1));
    expect(await told).toContain('retry:');
  });

  it('is told nothing more of what their role does not show them any more', async () => {
    await put('roles/onlooker', { permissions: ['delivery:read', 'gates:read'] });
    const { told } = await follow(await rig.token('eve', roleAt('onlooker')));
    await put('roles/onlooker', { permissions: ['gates:read'] });
    expect(await told).not.toContain('id: 1');
    expect((await rig.api.metrics.eventSubscribers.get()).values).toMatchObject([{ value: 0 }]);
  });
});

it('a call that lasts ends with the role that let it in, and with what showed it', async () => {
  const called = AccessRig.open(database.db, () => ({
    limits: { callerLookMs: 20 },
    calls: (router) =>
      router.service(AgentService, {
        executeAgent: async function* forEver(_requests, { signal }) {
          yield {};
          await once(signal, 'abort');
          throw signal.reason;
        },
      }),
  }));
  const { url } = await listenOnLoopback(called.api.app, { port: 0 });
  const client = createClient(AgentService, createGrpcTransport({ baseUrl: url }));
  const put = (permissions: readonly string[]) =>
    called.ask('PUT', '/api/v1/roles/caller', { token: root, body: { permissions } });
  const call = async (token: string) => {
    const until = Promise.withResolvers<void>();
    const headers = { authorization: `Bearer ${token}` };
    const answers = client.executeAgent(startAnd(until.promise), { headers })[Symbol.asyncIterator]();
    expect(await answers.next()).toMatchObject({ done: false });
    return answers.next().finally(until.resolve);
  };
  await put(['tasks:submit', 'tasks:read']);
  const [first, second] = [
    call(await called.token('eve', roleAt('caller'))),
    call(await called.token('joe', roleAt('caller'))),
  ];
  await called.ask('DELETE', '/api/v1/tokens/joe', { token: root });
  await expect(second).rejects.toMatchObject({ code: Code.Unauthenticated });
  await put(['tasks:read']);
  await expect(first).rejects.toMatchObject({ code: Code.Unauthenticated });
  await called.close();
});

/** The one message with which a call begins, and silence. */
async function* startAnd(over: Promise<void>) {
  yield { message: { case: 'start' as const, value: { agentId: MINE } } };
  await over;
}

describe('who votes by buttons in Slack', () => {
  const settings = { kind: 'slack', token: { secret: 'channel-slack' }, channel: 'C024BE91L' };
  const signed = { ...settings, signingSecret: { secret: 'channel-signing' } };
  const voting = { ...signed, members: { U024BE7LH: 'person:ada' } };

  it('is said by those alone who could give the role, as is what Slack signs with', async () => {
    const operator = await rig.token('olga', roleAt('operator'));
    const put = (token: string, path: string, body: object) =>
      rig.ask('PUT', `/api/v1/${path}`, { token, body });
    const signing = (token: string) => put(token, 'secrets/channel-signing', { value: 'known to olga' });
    expect((await signing(operator)).status).toBe(200);
    expect((await put(operator, 'channels/team', { settings: signed })).status).toBe(200);
    expect(await put(operator, 'channels/team', { settings: voting })).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('access:manage') },
    });
    expect((await put(root, 'channels/team', { settings: voting })).status).toBe(200);
    expect((await signing(operator)).status).toBe(403);
    expect((await put(operator, 'secrets/channel-slack', { value: 'another' })).status).toBe(200);
    expect((await signing(root)).status).toBe(200);
  });
});
