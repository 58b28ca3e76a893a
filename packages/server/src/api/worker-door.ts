import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ConnectRouter } from '@connectrpc/connect';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { type DoorAccess, doorGuard } from './access/door-guard.ts';
import { guardAccess } from './access/guard-access.ts';
import { DEFAULT_LIMITS } from './api-limits.ts';
import type { ApiParts } from './api-parts.ts';
import { bareInstance } from './build-api.ts';
import { mountCalls } from './grpc/mount-calls.ts';
import { guardRequests } from './guards/guard-requests.ts';
import { limitRequests } from './guards/limit-requests.ts';

/** What doors serve, and whom. */
export type WorkerDoorParts = Pick<ApiParts, 'calls' | 'log' | 'limits' | 'limiter' | 'metrics'> & DoorAccess;

/** Where workers without a network are served. */
export interface WorkerDoor {
  /** Absolute path of the socket; sandboxes are shown its folder, which holds nothing else. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * What is served there, by the names of the services: what workers need for their tasks. Everything else would let what runs
 * in a sandbox give orders to the control plane, and so to the machine outside of it.
 */
const FOR_WORKERS: ReadonlySet<string> = new Set([
  'grpc.health.v1.Health',
  'sluice.agents.v1.MemoryService',
  'sluice.agents.v1.PayloadService',
  'sluice.agents.v1.TeamworkService',
  'sluice.agents.v1.ToolService',
  'sluice.agents.v1.WorkerService',
]);

/** Bytes that a socket's path may have: `sun_path` holds 108 with the closing zero (unix(7)). */
const SOCKET_PATH_BYTES = 107;

/**
 * Serves the workers of one track at a socket below the directory of the control plane, until it is closed. It is the one
 * way that they have, so that nobody there is taken for a worker of another component.
 * @throws SluiceError `conflict` when the folder for it is another user's
 */
export async function openWorkerDoor(
  { calls, log, limits: given, limiter, metrics, ...door }: WorkerDoorParts,
  directory: string,
  track: TrackId,
): Promise<WorkerDoor> {
  const path = doorPath(directory, track);
  await makePrivate(dirname(path));
  // Whoever has the directory is the only one here: what lies there was left by one that was killed.
  await rm(path, { force: true });
  const limits = { ...DEFAULT_LIMITS, ...given };
  const app = bareInstance({ log }, limits);
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  guardRequests(app, closing.signal);
  guardAccess(app, doorGuard(door, track), limitRequests(app, limiter, metrics));
  if (calls) mountCalls(app, forWorkers(calls), { closing: closing.signal, limits, log });
  await app.listen({ path });
  await chmod(path, 0o600);
  log.info({ path }, 'workers are served at a socket');
  return { path, close: () => app.close() };
}

const forWorkers =
  (calls: NonNullable<ApiParts['calls']>) =>
  (router: ConnectRouter): void => {
    const narrow: ConnectRouter = {
      handlers: router.handlers,
      service: (type, implementation, options) => {
        if (FOR_WORKERS.has(type.typeName)) router.service(type, implementation, options);
        return narrow;
      },
      rpc: () => narrow,
    };
    calls(narrow);
  };

/** In the directory, or where that path is too long for a socket, in a folder for temporary files that only this user has. */
export function doorPath(directory: string, track: TrackId): string {
  const beside = join(directory, 'workers', digest(track), 'workers.sock');
  if (Buffer.byteLength(beside) <= SOCKET_PATH_BYTES) return beside;
  const own = `sluice-workers-${process.getuid?.() ?? 0}-${digest(directory)}-${digest(track)}`;
  return join(tmpdir(), own, 'workers.sock');
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** A folder of that name that somebody else made could hand our workers to them, so it is not used. */
async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return;
  throw new SluiceError(
    'conflict',
    `The folder ${folder} for the socket of workers is not private to this user. Remove it, or choose another directory.`,
    { next: 'ask-human' },
  );
}
