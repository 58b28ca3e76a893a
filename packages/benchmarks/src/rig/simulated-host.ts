/**
 * A process that stands in for the host of a machine: it answers the control API on a unix socket for any number of
 * tracks, carries out every order at once, and counts traffic that nobody sent. It answers from prepared text, so that
 * a benchmark of the server can run on the same machine.
 * Usage: node packages/benchmarks/src/rig/simulated-host.ts DIRECTORY
 */
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { HostStatus, RevisionOrder, SplitOrder } from '@sluice/protocol/host/host-schema.ts';
import { judgedTrack } from './live-world.ts';
import { sampleTraffic } from './sample-traffic.ts';
import { type SimulatedTracks, simulatedTracks } from './simulated-tracks.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

const DONE: Answer = { status: 200, body: '{}' };
/** As many seconds as a host gives at once. */
const TRAFFIC_LIMIT = 900;

const startedAt = Math.floor(Date.now() / 1000) * 1000;

async function answer(tracks: SimulatedTracks, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://host');
  const [, , kind, track = '', part, revision = ''] = url.pathname.split('/').map(decodeURIComponent);
  if (kind === 'host') return { status: 200, body: JSON.stringify(hostStatus()) };
  if (kind !== 'tracks') return unknown(url.pathname);
  if (track === '') return { status: 200, body: '{"tracks":[]}' };
  if (request.method === 'GET') return read(tracks, track, part, url.searchParams);
  if (request.method === 'DELETE') tracks.retire(track, revision);
  else await obey(tracks, track, revision, request);
  return DONE;
}

function read(
  tracks: SimulatedTracks,
  track: string,
  part: string | undefined,
  query: URLSearchParams,
): Answer {
  if (part === undefined) return { status: 200, body: tracks.status(track) };
  if (part !== 'traffic') return unknown(part);
  const limit = Number(query.get('limit') ?? TRAFFIC_LIMIT);
  return { status: 200, body: tracks.traffic(track, Number(query.get('since') ?? 0), limit) };
}

async function obey(
  tracks: SimulatedTracks,
  track: string,
  revision: string,
  request: IncomingMessage,
): Promise<void> {
  const order: unknown = JSON.parse(await text(request));
  if (revision === '') tracks.putSplit(track, order as SplitOrder);
  else tracks.putRevision(track, revision, order as RevisionOrder);
}

const unknown = (what: string): Answer => ({
  status: 404,
  body: JSON.stringify({ error: { code: 'route-unknown', message: `nothing is simulated at ${what}` } }),
});

const hostStatus = (): HostStatus => ({
  version: 'simulated',
  pid: process.pid,
  startedAt,
  routerPort: 0,
  routerWorkers: [],
});

function main(directory: string): void {
  const tracks = simulatedTracks(judgedTrack(0, 5, startedAt), sampleTraffic(), startedAt);
  const server = createServer((request, response) => {
    void answer(tracks, request).then(({ status, body }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    );
  });
  server.keepAliveTimeout = 0;
  const socket = join(directory, 'host.sock');
  server.listen(socket, () =>
    writeFileSync(join(directory, 'host.json'), JSON.stringify({ socket, pid: process.pid, routerPort: 0 })),
  );
  process.once('SIGTERM', () => process.exit(0));
}

main(process.argv[2] ?? '.');
