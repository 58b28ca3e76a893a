import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { AgentService } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { afterEach, expect, test } from 'vitest';
import { NO_PROXIES } from '../../limits/address-of.ts';
import { requestLimiter } from '../../limits/request-limiter.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../limits/request-limits.ts';
import { listenOnLoopback } from '../listen-on-loopback.ts';
import { everybodyMay } from '../testing/everybody-may.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
afterEach(() => api.app.close());

/** A client of an API whose calls fail. */
async function clientsOf(parts: Parameters<typeof testApi>[0] = {}) {
  api = testApi({
    ...parts,
    calls: (router) => {
      router.service(AgentService, {
        getAgent: () => {
          throw new TypeError('nobody foresaw this');
        },
        executeAgent: async function* fail() {
          yield {};
          throw new TypeError('nor this');
        },
      });
    },
  });
  const { url } = await listenOnLoopback(api.app, { port: 0 });
  return createClient(AgentService, createGrpcTransport({ baseUrl: url }));
}

/** A stream of one empty message. */
async function* one() {
  yield {};
}

test('a call has the id of its request, in what is logged of it and in its answer', async () => {
  const client = await clientsOf();
  const headers = { 'x-request-id': 'call-1' };
  const failed = await client.getAgent({ id: 'a/b/c' }, { headers }).catch(ConnectError.from);
  expect(failed).toMatchObject({ code: Code.Internal });
  expect((failed as ConnectError).metadata.get('x-request-id')).toBe('call-1');
  const streamed = async () => {
    for await (const _message of client.executeAgent(one(), { headers: { 'x-request-id': 'call-2' } }));
  };
  await expect(streamed()).rejects.toBeInstanceOf(ConnectError);
  const logged = (words: string) =>
    api.logged().flatMap(({ msg, requestId }) => (msg === words ? [requestId] : []));
  expect(logged('call failed')).toEqual(['call-1', 'call-2']);
  await expect.poll(() => logged('request answered')).toEqual(['call-1', 'call-2']);
});

test('a unary call counts as what it needs, and one beyond the limit is resource-exhausted with when to try again', async () => {
  const rates = { ...DEFAULT_REQUEST_LIMITS.rates, reads: { caller: 1, organisation: 9 } };
  const limits = { ...DEFAULT_REQUEST_LIMITS, rates };
  const clock = { now: 1_800_000_000_000 };
  const client = await clientsOf({
    limiter: requestLimiter(limits, { trusted: NO_PROXIES, now: () => clock.now }),
  });
  const call = () => client.getAgent({ id: 'a/b/c' }).catch(ConnectError.from) as Promise<ConnectError>;
  for (let asked = 0; asked < 10; asked += 1) expect((await call()).code).toBe(Code.Internal);
  const refused = await call();
  expect(refused.code).toBe(Code.ResourceExhausted);
  expect(refused.message).toContain('1 a second, 10 at once');
  expect(refused.metadata.get('grpc-retry-pushback-ms')).toBe('1000');
  expect(refused.details).toMatchObject([{ type: 'google.rpc.RetryInfo' }]);
  clock.now += 1_000;
  expect((await call()).code).toBe(Code.Internal);
});

test('a call that is refused for what its caller may not holds no place', async () => {
  const inFlight = { ...DEFAULT_REQUEST_LIMITS.inFlight, requests: { caller: 1, organisation: 1 } };
  const client = await clientsOf({
    limiter: requestLimiter({ ...DEFAULT_REQUEST_LIMITS, inFlight }, { trusted: NO_PROXIES, now: Date.now }),
    access: {
      ...everybodyMay(),
      callerOf: async () => ({ tenant: 'default', subject: 'token:ci', name: 'ci', groups: [], grants: [] }),
    },
  });
  for (let asked = 0; asked < 3; asked += 1)
    expect(await client.getAgent({ id: 'a/b/c' }).catch(ConnectError.from)).toMatchObject({
      code: Code.PermissionDenied,
    });
});
