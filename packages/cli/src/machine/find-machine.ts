import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostAnnouncement, ServerAnnouncement } from '@sluice/protocol/process/announcement.ts';
import type { DatabaseUse } from '@sluice/protocol/process/database-use.ts';
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
} from '@sluice/protocol/process/process-identity.ts';
import {
  type Daemon,
  hostOf,
  lastAnnouncement,
  LOOK_EVERY_MS,
  serverOf,
  START_PATIENCE_MS,
} from './daemon.ts';
import { machineFiles, readMachine, type MachineRecord } from './machine-files.ts';

/** A daemon that runs. */
export interface FoundDaemon<Announcement> {
  readonly identity: ProcessIdentity;
  /** Undefined while it has not come up yet. */
  readonly announced: Announcement | undefined;
}

/** What runs from a directory, whoever started it. */
export interface FoundMachine {
  readonly record: MachineRecord | undefined;
  readonly host: FoundDaemon<HostAnnouncement> | undefined;
  readonly server: FoundDaemon<ServerAnnouncement> | undefined;
  /** Where the state of this directory is kept, also while nothing runs; undefined before the first start. */
  readonly database: DatabaseUse | undefined;
}

/**
 * Finds what runs from a directory: by what the daemons say of themselves, so that a host or a control plane is found
 * whose `up` was killed; and by the record of `up`, so that one is found that has not come up yet.
 */
export async function findMachine(directory: string): Promise<FoundMachine> {
  const record = await readMachine(directory);
  const lastServer = await lastAnnouncement(serverOf(directory));
  const hasCluster = existsSync(join(machineFiles(directory).postgresDirectory, 'data'));
  return {
    record,
    host: await findDaemon(hostOf(directory), record?.host),
    server: await findDaemon(serverOf(directory), record?.plane?.server),
    database: lastServer?.database ?? (hasCluster ? { kind: 'embedded' } : undefined),
  };
}

/** As `findMachine`, after those that are just starting have come up or ended; waits for them a minute. */
export async function findSettledMachine(directory: string): Promise<FoundMachine> {
  let found = await findMachine(directory);
  for (let waited = 0; waited < START_PATIENCE_MS && isStarting(found); waited += LOOK_EVERY_MS) {
    await delay(LOOK_EVERY_MS);
    found = await findMachine(directory);
  }
  return found;
}

const isStarting = ({ host, server }: FoundMachine): boolean =>
  [host, server].some((daemon) => daemon !== undefined && daemon.announced === undefined);

async function findDaemon<Announcement extends ProcessIdentity>(
  daemon: Daemon<Announcement>,
  recorded: ProcessIdentity | null | undefined,
): Promise<FoundDaemon<Announcement> | undefined> {
  const announced = await lastAnnouncement(daemon);
  if (announced && isRunning(announced)) return { identity: identityIn(announced), announced };
  const identity = recorded && isRunning(recorded) ? recorded : unrecorded(daemon);
  return identity && { identity, announced: undefined };
}

/** One whose `up` was killed between its start and its record; nobody else has such a command line. */
function unrecorded({ main, directory }: Daemon<ProcessIdentity>): ProcessIdentity | undefined {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const pid = pids.find((each) => {
    const words = commandLine(each);
    return words.includes(main) && words[words.indexOf('--directory') + 1] === directory;
  });
  return pid === undefined ? undefined : identifyProcess(Number(pid));
}

function commandLine(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // It has ended meanwhile.
  }
}

/** The identity alone, without what else is announced. */
export const identityIn = ({ pid, startedTicks, bootId }: ProcessIdentity): ProcessIdentity => ({
  pid,
  startedTicks,
  bootId,
});
