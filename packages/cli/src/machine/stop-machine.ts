import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { findEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { Client } from 'undici';
import { z } from 'zod';
import { machineFiles, readJson, readMachine } from './machine-files.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';

/** What is stopped. */
export interface StopOptions {
  readonly directory: string;
  /** Leaves the processes of revisions running; a later `up` adopts them. */
  readonly keepProcesses: boolean;
}

/** What was running and has been stopped. */
export interface Stopped {
  readonly server: boolean;
  readonly host: boolean;
  readonly database: boolean;
}

const hostFile = z.object({ socket: z.string() });
/** An orderly end drains requests first. */
const PATIENCE_MS = 90_000;
const LOOK_EVERY_MS = 50;

/** Stops control plane, host and embedded database of a directory, in this order; what does not run is passed over. */
export async function stopMachine({ directory, keepProcesses }: StopOptions): Promise<Stopped> {
  const files = machineFiles(directory);
  const record = await readMachine(directory);
  const plane = record?.plane?.server;
  const server = plane !== undefined && (await isRunning(plane));
  if (server) await stopProcess(plane, 'control plane', () => process.kill(plane.pid, 'SIGTERM'));
  const host = record !== undefined && (await isRunning(record.host));
  if (host) await stopProcess(record.host, 'host', () => shutDownHost(files.hostFile, !keepProcesses));
  const postgres = await findEmbeddedPostgres({ directory: files.postgresDirectory });
  await postgres?.stop();
  await rm(files.record, { force: true });
  return { server, host, database: postgres !== undefined };
}

async function stopProcess(identity: ProcessIdentity, name: string, order: () => unknown): Promise<void> {
  await order();
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    if (!(await isRunning(identity))) return;
    await delay(LOOK_EVERY_MS);
  }
  throw new SluiceError(
    'timed-out',
    `The ${name} (process ${identity.pid}) did not end within ${PATIENCE_MS / 1000} s; see its log, then end it with kill.`,
    { next: 'ask-human' },
  );
}

async function shutDownHost(file: string, stopProcesses: boolean): Promise<void> {
  const { socket } = hostFile.parse(await readJson(file));
  const client = new Client('http://host', { connect: { socketPath: socket } });
  try {
    const reply = await client.request({
      method: 'POST',
      path: '/v1/shutdown',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ stopProcesses }),
    });
    await reply.body.dump();
  } finally {
    await client.close();
  }
}
