import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  RevisionOrder,
  RevisionRun,
  RoutePolicy,
  SplitOrder,
} from '@sluice/protocol/host/host-schema.ts';

/**
 * A program of a revision, as real ones are: it serves HTTP on PORT. Its environment tells it how to behave:
 * READY_AFTER_MS (listens late), SICK_FILE (answers 503 while the file exists), IGNORE_TERM, EXIT_AFTER_MS,
 * SLOW_MS (each answer on /slow takes that long), FATTEN_MB, CHATTER (lines printed at once), CHILD (starts a child of
 * its own), DAEMON (starts one that leaves the process group).
 */
const PROGRAM = `
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
const env = process.env;
console.log('instance', env.SLUICE_INSTANCE, 'of', env.SLUICE_REVISION, env.SLUICE_VERSION);
if (env.IGNORE_TERM) process.on('SIGTERM', () => console.log('not now'));
if (env.EXIT_AFTER_MS) setTimeout(() => { console.error('boom'); process.exit(7); }, Number(env.EXIT_AFTER_MS));
if (env.CHILD) spawn('sleep', ['1000'], { stdio: 'ignore' });
if (env.DAEMON) spawn('sleep', ['1001'], { stdio: 'ignore', detached: true }).unref();
for (let line = 0; line < Number(env.CHATTER ?? 0); line++) console.log('line', line, 'x'.repeat(80));
const fat = Buffer.alloc(1024 * 1024 * Number(env.FATTEN_MB ?? 0), 1);
const server = createServer((request, response) => {
  if (request.url === '/health' && env.SICK_FILE && existsSync(env.SICK_FILE)) return response.writeHead(503).end();
  if (request.url === '/env') return response.end(JSON.stringify(env));
  if (request.url === '/slow') return setTimeout(() => response.end('slow'), Number(env.SLOW_MS));
  response.end(env.SLUICE_REVISION + ' ' + env.SLUICE_INSTANCE + ' ' + fat.length);
});
setTimeout(() => server.listen(Number(env.PORT), env.HOST), Number(env.READY_AFTER_MS ?? 0));
`;

/** Writes the program into a folder, as the immutable copy of a revision. */
export async function writeProgram(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'program.mjs'), PROGRAM);
  return folder;
}

/** How to run the program; healthy within 10 s, probed four times a second. */
export function runOf(directory: string, changes: Partial<RevisionRun> = {}): RevisionRun {
  return {
    version: 'v1',
    run: `${process.execPath} program.mjs`,
    directory,
    env: {},
    secrets: {},
    health: { path: '/health', withinMs: 10_000, intervalMs: 50, timeoutMs: 2000, failures: 3 },
    resources: { cpuMillis: 0, memoryBytes: 0 },
    drainMs: 0,
    ...changes,
  };
}

/** An order for a revision. */
export const orderOf = (
  run: RevisionRun,
  instances: number,
  generation = 1,
  dedicatedPorts = false,
): RevisionOrder => ({
  generation,
  run,
  instances,
  dedicatedPorts,
});

const ROUTE: RoutePolicy = {
  host: null,
  path: '/',
  protocol: 'http1',
  timeoutMs: 5000,
  maxBodyBytes: 0,
  goal: null,
};

/** A split by weights, in basis points. */
export const splitOrderOf = (weights: Readonly<Record<string, number>>, generation = 1): SplitOrder => ({
  generation,
  route: ROUTE,
  split: {
    weights: Object.entries(weights).map(([revision, basisPoints]) => ({ revision, basisPoints })),
    matches: [],
    mirror: null,
    sticky: null,
    salt: 'test',
  },
});
