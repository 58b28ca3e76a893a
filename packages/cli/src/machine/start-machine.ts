import { mkdirSync } from 'node:fs';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { HostAnnouncement, ServerAnnouncement } from '@sluice/protocol/process/announcement.ts';
import { DATABASE_VARIABLE, type DatabaseUse } from '@sluice/protocol/process/database-use.ts';
import type { ProcessIdentity } from '@sluice/protocol/process/process-identity.ts';
import { startEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { awaitReady } from './await-ready.ts';
import {
  awaitAnnouncement,
  type Daemon,
  gone,
  hostOf,
  launch,
  serverOf,
  START_PATIENCE_MS,
} from './daemon.ts';
import { findSettledMachine, type FoundDaemon, type FoundMachine, identityIn } from './find-machine.ts';
import { makeMachineDirectory, requireRoom, worded } from './machine-directory.ts';
import { machineFiles, type MachineRecord, writeMachine } from './machine-files.ts';

/** How a machine is brought up. */
export interface MachineOptions {
  readonly directory: string;
  /** Where the router listens; 0 takes the port it had before, or a free one. */
  readonly routerPort: number;
  /** Where the API listens; 0 takes the port it had before, or a free one. */
  readonly apiPort: number;
  readonly routerWorkers: number;
  /** Of a control plane that is started; undefined takes the embedded one. */
  readonly databaseUrl: string | undefined;
  /** What of private networks a control plane that is started may call; undefined: as before, else nothing. */
  readonly allowOutgoing?: string | undefined;
  /** How often a release under way is looked at, in milliseconds. */
  readonly lookEveryMs: number;
}

/** A machine that is up. */
export interface Machine {
  readonly host: ProcessIdentity;
  readonly server: ProcessIdentity;
  readonly routerPort: number;
  readonly apiPort: number;
  /** What was running before and was left as it is. */
  readonly adopted: { readonly host: boolean; readonly server: boolean };
  readonly database: DatabaseUse;
  /** The embedded database had ended under a control plane that lives, and was started again. */
  readonly databaseRevived: boolean;
}

/** A process that was just killed may be seen for a moment; then it is gone, and all is looked at anew. */
const ATTEMPTS = 5;

/**
 * Starts host and control plane as processes of their own, or adopts those that run from the directory, whoever started
 * them; the embedded database as well.
 * @throws SluiceError that says what does not come up, and quotes what it said last
 */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  makeMachineDirectory(options.directory);
  for (let attempt = 1; ; attempt++) {
    const machine = await startOrAdopt(options);
    if (!('ended' in machine)) return machine;
    if (!machine.isAdopted || attempt === ATTEMPTS)
      throw await gone(machine.ended, 'ended before it was ready');
  }
}

/** One of the two was gone before all was ready. */
interface Ended {
  readonly ended: Pick<Daemon<ProcessIdentity>, 'name' | 'log'>;
  /** Something had been running before, so that it is worth to look anew. */
  readonly isAdopted: boolean;
}

async function startOrAdopt(options: MachineOptions): Promise<Machine | Ended> {
  const { directory } = options;
  const found = await findSettledMachine(directory);
  if (!found.host || !found.server) requireRoom(directory);
  const record = recorder(directory, found.record);
  const host = found.host ? await cameUp(hostOf(directory), found.host) : await startHost(options, record);
  record({ host: identityIn(host), routerPort: host.routerPort, routerWorkers: host.routerWorkers });
  const databaseRevived = await reviveDatabase(directory, found);
  const server = found.server
    ? await cameUp(serverOf(directory), found.server)
    : await startServer(options, record);
  record({ plane: { server: identityIn(server), apiPort: server.apiPort } });
  const adopted = { host: found.host !== undefined, server: found.server !== undefined };
  const readiness = await awaitReady({ host, server, apiPort: server.apiPort }, START_PATIENCE_MS);
  switch (readiness.kind) {
    case 'ready': {
      const { routerPort } = host;
      const { apiPort, database } = server;
      const identities = { host: identityIn(host), server: identityIn(server) };
      return { ...identities, routerPort, apiPort, adopted, database, databaseRevived };
    }
    case 'ended': {
      const ended = readiness.which === 'host' ? hostOf(directory) : serverOf(directory);
      return { ended, isAdopted: adopted.host || adopted.server };
    }
    case 'not-ready':
      throw notReady(directory, server, readiness.missing);
  }
}

/** Changes parts of the record of what was started. */
type Recorder = (change: Partial<MachineRecord>) => MachineRecord;

function recorder(directory: string, before: MachineRecord | undefined): Recorder {
  let now = before ?? { host: null, routerPort: null, routerWorkers: null, plane: null, allowOutgoing: null };
  return (change) => {
    const next = { ...now, ...change };
    // A machine that is up is found to be up on a full disk too: what has not changed is not written.
    if (JSON.stringify(next) !== JSON.stringify(now)) worded(directory, () => writeMachine(directory, next));
    now = next;
    return now;
  };
}

async function cameUp<Announcement extends ProcessIdentity>(
  daemon: Daemon<Announcement>,
  { announced }: FoundDaemon<Announcement>,
): Promise<Announcement> {
  if (announced) return announced;
  throw await gone(daemon, `was started earlier and has not come up within ${START_PATIENCE_MS / 1000} s`);
}

/** A control plane starts its embedded database once; while it lives, nobody but us looks after it. */
async function reviveDatabase(directory: string, { server }: FoundMachine): Promise<boolean> {
  if (server?.announced?.database.kind !== 'embedded') return false;
  const postgres = await startEmbeddedPostgres({ directory: machineFiles(directory).postgresDirectory });
  return !postgres.adopted;
}

/** A host that has died left its processes and router workers; the next one adopts them. */
export async function reviveHost(directory: string): Promise<HostAnnouncement> {
  const { record } = await findSettledMachine(directory);
  const { routerPort, routerWorkers } = { routerPort: 0, routerWorkers: record?.routerWorkers ?? 1 };
  return startHost({ directory, routerPort, routerWorkers }, recorder(directory, record));
}

async function startHost(
  options: Pick<MachineOptions, 'directory' | 'routerPort' | 'routerWorkers'>,
  record: Recorder,
): Promise<HostAnnouncement> {
  const { directory, routerPort, routerWorkers } = options;
  const { hostDirectory } = machineFiles(directory);
  worded(directory, () => mkdirSync(hostDirectory, { recursive: true }));
  const port = routerPort === 0 ? (record({}).routerPort ?? 0) : routerPort;
  const args = ['--port', `${port}`, '--router-workers', `${routerWorkers}`];
  const daemon = hostOf(directory);
  // Recorded before it has come up: whoever comes after us, if we are killed now, finds it.
  return awaitAnnouncement(
    daemon,
    await launch(daemon, { args, environment: process.env }, (host) => void record({ host })),
  );
}

async function startServer(options: MachineOptions, record: Recorder): Promise<ServerAnnouncement> {
  const { directory, databaseUrl = '', lookEveryMs } = options;
  const portBefore = record({}).plane?.apiPort ?? null;
  const port = options.apiPort === 0 ? (portBefore ?? 0) : options.apiPort;
  const allowOutgoing = options.allowOutgoing ?? record({}).allowOutgoing ?? '';
  const args = ['--api-port', `${port}`, '--look-every', `${lookEveryMs}`];
  if (allowOutgoing !== '') args.push('--allow-outgoing', allowOutgoing);
  const environment = { ...process.env, [DATABASE_VARIABLE]: databaseUrl };
  const daemon = serverOf(directory);
  const launched = await launch(daemon, { args, environment }, (server) => {
    record({ plane: { server, apiPort: portBefore } });
  });
  const announced = await awaitAnnouncement(daemon, launched);
  // Not before: a list that is none would keep it from starting the next time, too.
  record({ allowOutgoing: allowOutgoing || null });
  return announced;
}

function notReady(directory: string, { pid }: ProcessIdentity, missing: string): SluiceError {
  const { log } = serverOf(directory);
  return new SluiceError(
    'timed-out',
    `The control plane runs (process ${pid}) and is not ready after ${START_PATIENCE_MS / 1000} s: ${missing}. ` +
      `What it goes on trying stands in ${log}; \`sluice down\` ends it.`,
    { next: 'ask-human' },
  );
}
