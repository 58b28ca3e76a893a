/**
 * A process that serves pods as an API server does: `node pod-server.ts PODS READY-FILE`. It lists them in pages, sends them
 * as the beginning of a watch, and tells a change of one with `POST /change?pod=N`. Writes its address to the file.
 */
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { samplePod } from './sample-pod.ts';

const [podsText = '0', readyFile = ''] = process.argv.slice(2);
const pods = Number(podsText);
const watchers = new Set<ServerResponse>();
/** Changes since the start, so that a watch after a version misses none. */
const changes: { readonly version: number; readonly event: string }[] = [];
let version = pods;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/change') change(Number(searchParams.get('pod')), response);
  else if (pathname === '/api/v1') {
    sendJson(response, { resources: [{ kind: 'Pod', name: 'pods', namespaced: true }] });
  } else if (searchParams.get('watch') === 'true') {
    void watch(response, searchParams.get('resourceVersion'));
  } else list(response, Number(searchParams.get('continue') ?? 0), Number(searchParams.get('limit')));
});

function change(pod: number, response: ServerResponse): void {
  version += 1;
  const event = `${JSON.stringify({ type: 'MODIFIED', object: samplePod(pod, version) })}\n`;
  changes.push({ version, event });
  for (const watcher of watchers) watcher.write(event);
  response.end();
}

function list(response: ServerResponse, from: number, limit: number): void {
  const until = Math.min(pods, from + limit);
  const items = Array.from({ length: until - from }, (_, at) => samplePod(from + at, from + at + 1));
  const more = until < pods ? { continue: String(until) } : {};
  sendJson(response, { kind: 'PodList', metadata: { resourceVersion: String(version), ...more }, items });
}

async function watch(response: ServerResponse, after: string | null): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  response.once('close', () => watchers.delete(response));
  watchers.add(response);
  if (after !== null) {
    for (const change of changes) if (change.version > Number(after)) response.write(change.event);
    return;
  }
  for (let at = 0; at < pods; at += 1) {
    const fits = response.write(`${JSON.stringify({ type: 'ADDED', object: samplePod(at, at + 1) })}\n`);
    if (!fits) await once(response, 'drain');
  }
  const metadata = { resourceVersion: String(version), annotations: { 'k8s.io/initial-events-end': 'true' } };
  response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Pod', metadata } })}\n`);
}

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  writeFileSync(`${readyFile}.new`, JSON.stringify({ url: `http://127.0.0.1:${port}` }));
  renameSync(`${readyFile}.new`, readyFile);
});
process.once('SIGTERM', () => process.exit(0));
