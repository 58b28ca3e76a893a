import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { HostAnnouncement } from '@sluice/protocol/process/announcement.ts';
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
} from '@sluice/protocol/process/process-identity.ts';
import { findEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { Client } from 'undici';
import { hostOf, lastAnnouncement, LOOK_EVERY_MS } from './daemon.ts';
import { findSettledMachine, type FoundDaemon, identityIn } from './find-machine.ts';
import { machineFiles } from './machine-files.ts';
import { reviveHost } from './start-machine.ts';

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

/** An orderly end drains requests first. */
const PATIENCE_MS = 90_000;

/**
 * Stops control plane, host and embedded database of a directory, in this order and whoever started them; what does not
 * run is passed over. What is just starting is waited for: it cannot be stopped in order before.
 */
export async function stopMachine({ directory, keepProcesses }: StopOptions): Promise<Stopped> {
  const files = machineFiles(directory);
  const { host, server } = await findSettledMachine(directory);
  if (server) await stopProcess(server.identity, 'control plane', () => terminate(server.identity));
  const hostToStop = host ?? (keepProcesses ? undefined : await hostOfOrphans(directory));
  if (hostToStop) {
    const { announced, identity } = hostToStop;
    await stopProcess(identity, 'host', () =>
      announced ? shutDownHost(announced, !keepProcesses) : terminate(identity),
    );
  }
  const postgres = await findEmbeddedPostgres({ directory: files.postgresDirectory });
  await postgres?.stop();
  await rm(files.record, { force: true });
  return { server: server !== undefined, host: hostToStop !== undefined, database: postgres !== undefined };
}

/** A host that was killed has left processes and router workers behind; only a host can end them in order. */
async function hostOfOrphans(directory: string): Promise<FoundDaemon<HostAnnouncement> | undefined> {
  const last = await lastAnnouncement(hostOf(directory));
  // Since the machine itself was started anew there are none.
  if (last === undefined || last.bootId !== identifyProcess(process.pid)?.bootId) return undefined;
  const announced = await reviveHost(directory);
  return { announced, identity: identityIn(announced) };
}

/** Asks exactly this process to end; a later one with its id is none of our business. */
function terminate(identity: ProcessIdentity): void {
  try {
    if (isRunning(identity)) process.kill(identity.pid, 'SIGTERM');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ESRCH') return;
    throw new SluiceError(
      'unsupported',
      `Process ${identity.pid} could not be told to end (${code}): it belongs to another user. Stop it as that user or as root.`,
      { next: 'ask-human', cause },
    );
  }
}

async function stopProcess(identity: ProcessIdentity, name: string, order: () => unknown): Promise<void> {
  await order();
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    if (!isRunning(identity)) return;
    await delay(LOOK_EVERY_MS);
  }
  throw new SluiceError(
    'timed-out',
    `The ${name} (process ${identity.pid}) did not end within ${PATIENCE_MS / 1000} s; see its log, then end it with kill.`,
    { next: 'ask-human' },
  );
}

async function shutDownHost({ socket }: HostAnnouncement, stopProcesses: boolean): Promise<void> {
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
