import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { CheckSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { type FakeCluster, fakeCluster } from '@sluice/fake-kubernetes/cluster/fake-cluster.ts';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import { openCluster } from '../kubernetes/open-cluster.ts';
import { clusterRevision, testSettings } from '../targets/testing/cluster-revision.ts';
import { wayToPods } from './ask-pods.ts';
import { localCheckRunner } from './local-check-runner.ts';

/** Documentation addresses (RFC 5737): from outside those of pods lead nowhere either. */
const ELSEWHERE = '192.0.2.1';
const never = new AbortController().signal;

let cluster: FakeCluster;
let client: ClusterClient;
let servers: Server[];
let asked: string[];

beforeEach(async () => {
  [servers, asked] = [[], []];
  cluster = fakeCluster();
  const { url } = await cluster.listen();
  const credentials = { kind: 'token', server: url, token: cluster.tokens['admin'] ?? '' } as const;
  client = await openCluster({ name: 'test', credentials, log: pino({ level: 'silent' }) });
  await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await client.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'shop' },
  });
});
afterEach(async () => {
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  await client.close();
  await cluster.close();
});

/** A pod whose container is a server of this process; only the API server knows where it is. */
async function pod(
  name: string,
  answer: RequestListener,
): Promise<{ name: string; host: string; port: number }> {
  const server = createServer((request, response) => {
    asked.push(`${name} ${request.url}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name };
  await client.apply({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name, namespace: 'shop' },
    spec: { containers: [{ name: 'main', image: 'registry.example/web:1' }] },
  });
  await client.patch(reference, { status: { podIP: '127.0.0.1' } }, { subresource: 'status' });
  return { name, host: ELSEWHERE, port: (server.address() as AddressInfo).port };
}

const saying =
  (status: number, body = ''): RequestListener =>
  (_request, response) =>
    void response.writeHead(status).end(body);

const check = (changes: Partial<Extract<CheckSpec, { kind: 'http' }>> = {}): CheckSpec => ({
  name: 'smoke',
  kind: 'http',
  path: '/smoke?deep=1',
  expectStatus: 200,
  expectBody: null,
  timeoutMs: 10_000,
  attempts: 1,
  ...changes,
});

const run = (
  endpoints: readonly { name: string; host: string; port: number }[],
  spec = check(),
  { component = {}, signal = never }: { component?: Partial<ComponentSpec>; signal?: AbortSignal } = {},
) => {
  const revision = clusterRevision(trackId('shop', 'test', 'web'), 1, testSettings('shop'), component);
  const wayTo = wayToPods(async () => client);
  return localCheckRunner({ environment: {}, wayTo }).run(spec, { revision, endpoints }, signal);
};

it('pods of a cluster are asked through its API server, each of them, with path and query', async () => {
  const pods = [await pod('web-1', saying(200, 'well')), await pod('web-2', saying(200, 'well'))];
  expect(await run(pods, check({ expectBody: 'well' }))).toMatchObject({ passed: true });
  expect(asked.toSorted()).toEqual(['web-1 /smoke?deep=1', 'web-2 /smoke?deep=1']);
});

it('a pod that answers otherwise fails the check under its name', async () => {
  const pods = [await pod('web-1', saying(200)), await pod('web-2', saying(503, 'warming up'))];
  const result = await run(pods);
  expect(result.passed).toBe(false);
  expect(result.message).toContain(`GET /smoke?deep=1 to web-2:${pods[1]?.port} was answered 503`);
});

it('of a long answer the beginning is searched', async () => {
  const pods = [await pod('web-1', saying(200, `here${' '.repeat(2 * 1024 * 1024)}`))];
  expect(await run(pods, check({ expectBody: 'here' }))).toMatchObject({ passed: true });
});

it('a pod that the API server does not reach is a failed check that says so', async () => {
  const there = await pod('web-1', saying(200));
  servers[0]?.close();
  const result = await run([there]);
  expect(result.passed).toBe(false);
  expect(result.message).toContain('the API server does not reach the pod');
});

it('an API server that is away condemns nobody: the check is not run, and is run when it is back', async () => {
  const there = await pod('web-1', saying(200));
  await cluster.stop();
  await expect(run([there])).rejects.toMatchObject({ code: 'unreachable' });
  await cluster.start();
  expect(await run([there])).toMatchObject({ passed: true });
});

it('an API server that is silent condemns nobody either', async () => {
  const there = await pod('web-1', saying(200));
  cluster.faults.add({ action: { kind: 'slow', delayMs: 20_000 } });
  await expect(run([there], check({ timeoutMs: 100 }))).rejects.toMatchObject({ code: 'unreachable' });
});

it('a permission that is missing is named', async () => {
  const there = await pod('web-1', saying(200));
  await client.close();
  const [server] = [(await cluster.listen()).url];
  const credentials = { kind: 'token', server, token: cluster.tokens['limited'] ?? '' } as const;
  client = await openCluster({ name: 'test', credentials, log: pino({ level: 'silent' }) });
  const result = await run([there]);
  expect(result).toMatchObject({ passed: false, message: expect.stringContaining('may not get pods/proxy') });
});

it('a pod that does not answer in time, or a check that is called off, is not waited for', async () => {
  const reached = Promise.withResolvers<void>();
  const silent = await pod('web-1', () => reached.resolve());
  expect(await run([silent], check({ timeoutMs: 100 }))).toMatchObject({ passed: false });
  const middle = new AbortController();
  const running = run([silent], check({ timeoutMs: 60_000 }), { signal: middle.signal });
  await reached.promise;
  middle.abort();
  expect(await running).toMatchObject({ passed: false, message: expect.stringContaining('called off') });
});

it('in the cluster itself, and over HTTP/2, pods are asked at their own addresses', async () => {
  const through = (component: Partial<ComponentSpec>, runsInside: boolean) =>
    wayToPods(async () => ({ ...client, runsInside }))(
      clusterRevision(trackId('shop', 'test', 'web'), 1, testSettings('shop'), component),
    );
  expect(await through({}, false)).not.toBeNull();
  expect(await through({}, true)).toBeNull();
  const request = { protocol: 'h2c', timeoutMs: 1_000, maxBodyBytes: 0 } as const;
  expect(await through({ request }, false)).toBeNull();
});
