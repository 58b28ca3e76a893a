/**
 * A process that is a whole cluster, API server and controllers and played nodes, and that counts the requests to it:
 * `node cluster-process.ts KUBECONFIG READY-FILE LATENCY-MS PODS`. Writes how it is reached to the two files.
 *
 *   GET  /calls                       requests over HTTP so far, by verb and resource, and the watches that are open
 *   POST /readiness?workload=NAME&ready=true  lets the probe of its first pod hold or fail; says when its node told it
 */
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { PODS } from '@sluice/fake-kubernetes/controllers/objects/resource.ts';
import { fakeCluster } from '@sluice/fake-kubernetes/cluster/fake-cluster.ts';
import type { ApiCaller } from '@sluice/fake-kubernetes/api/api-caller.ts';
import { startControllers } from '@sluice/fake-kubernetes/controllers/start-controllers.ts';
import { startNodePlayer } from '@sluice/fake-kubernetes/node-player/start-node-player.ts';
import type { CallCounts } from './call-counts.ts';
import { NAMESPACE } from './fleet-files.ts';

const [kubeconfigPath = '', readyFile = '', latency = '5', pods = '0'] = process.argv.slice(2);
/** A played node has room for so many. */
const PODS_PER_NODE = 400;
const READY_ANNOTATION = 'play.sluice.dev/ready';

const cluster = fakeCluster({ latencyMs: Number(latency) });
const controllers = await startControllers(cluster.caller);
const calls: Record<string, number> = {};
let openWatches = 0;
/** Who waits for a node to tell how a pod is, by the pod's name. */
const waiting = new Map<string, (at: number) => void>();

/** Notes the moment in which a node tells the API server how a pod is. */
const nodes: ApiCaller = {
  watch: (...request) => cluster.caller.watch(...request),
  send: (request) => {
    const pod = /\/pods\/([^/]+)\/status$/.exec(request.path)?.[1];
    if (pod !== undefined) waiting.get(pod)?.(Date.now());
    return cluster.caller.send(request);
  },
};

function count(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = url.pathname.split('/').filter((part) => part !== '');
  const inNamespace = path.indexOf('namespaces');
  const rest = path.slice(inNamespace < 0 ? (path[0] === 'api' ? 2 : 3) : inNamespace + 2);
  const [resource = 'discovery', name] = rest;
  const isWatch = url.searchParams.get('watch') === 'true';
  const verb = verbOf(request.method ?? 'GET', name !== undefined, isWatch);
  const key = `${verb} ${resource}`;
  calls[key] = (calls[key] ?? 0) + 1;
  if (!isWatch) return;
  openWatches += 1;
  response.once('close', () => {
    openWatches -= 1;
  });
}

function verbOf(method: string, isNamed: boolean, isWatch: boolean): string {
  if (method !== 'GET') return method.toLowerCase();
  if (isWatch) return 'watch';
  return isNamed ? 'get' : 'list';
}

async function setReadiness(workload: string, isReady: boolean): Promise<{ readonly at: number }> {
  const pod = firstPodOf(workload);
  const told = Promise.withResolvers<number>();
  waiting.set(pod, told.resolve);
  const annotations = { [READY_ANNOTATION]: isReady ? null : 'never' };
  const answer = await cluster.caller.send({
    method: 'PATCH',
    path: `/api/v1/namespaces/${NAMESPACE}/pods/${pod}`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { metadata: { annotations } },
  });
  if (answer.status !== 200)
    told.reject(new SluiceError('unexpected', `${pod}: ${answer.status}`, { next: 'stop' }));
  const at = await told.promise;
  waiting.delete(pod);
  return { at };
}

/** Pods are called after their workload. */
function firstPodOf(workload: string): string {
  for (const { metadata } of controllers.informers.of(PODS).all())
    if (metadata.name.startsWith(`${workload}-`)) return metadata.name;
  throw new SluiceError('not-found', `${workload} has no pod`, { next: 'stop' });
}

const orders = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const sendJson = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (pathname === '/calls') return sendJson(200, { calls, openWatches } satisfies CallCounts);
  void setReadiness(searchParams.get('workload') ?? '', searchParams.get('ready') === 'true').then(
    (moment) => sendJson(200, moment),
    (thrown: unknown) => sendJson(404, { reason: String(thrown) }),
  );
});

function writeWhole(path: string, body: object): void {
  writeFileSync(`${path}.new`, JSON.stringify(body), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

async function main(): Promise<void> {
  await startNodePlayer(nodes, {
    delayMs: 50,
    nodes: Math.max(3, Math.ceil(Number(pods) / PODS_PER_NODE)),
    informers: controllers.informers,
  });
  await cluster.caller.send({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  });
  const { url } = await cluster.listen();
  const port = Number(new URL(url).port);
  // What everybody asks over HTTP; the cluster's own controllers and nodes speak to it in process.
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.socket.localPort === port) count(request, response);
  });
  orders.listen(0, '127.0.0.1');
  await once(orders, 'listening');
  writeWhole(kubeconfigPath, {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server: url } }],
    users: [{ name: 'admin', user: { token: cluster.tokens['admin'] } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'admin' } }],
    'current-context': 'fake',
  });
  writeWhole(readyFile, { url: `http://127.0.0.1:${(orders.address() as AddressInfo).port}` });
  process.once('SIGTERM', () => process.exit(0));
}

await main();
