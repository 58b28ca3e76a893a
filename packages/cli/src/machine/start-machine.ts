import { spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { z } from 'zod';
import { machineFiles, readJson, readMachine, writeMachine, type MachineRecord } from './machine-files.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

/** How a machine is brought up. */
export interface MachineOptions {
  readonly directory: string;
  /** Where the router listens; 0 takes a free port. */
  readonly routerPort: number;
  /** Where the API listens; 0 takes a free port. */
  readonly apiPort: number;
  readonly routerWorkers: number;
  readonly databaseUrl: string | undefined;
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
}

const hostMain = fileURLToPath(import.meta.resolve('@sluice/host/main.ts'));
const serverMain = fileURLToPath(import.meta.resolve('@sluice/server/main.ts'));
const hostFile = z.object({ pid: z.int(), routerPort: z.int() });
const serverFile = z.object({ pid: z.int(), apiPort: z.int() });
/** A cold start of the database and both processes takes seconds; a busy machine takes longer. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** A process that was just killed may be seen for a moment; then it is gone, and all is looked at anew. */
const ATTEMPTS = 5;

/** Starts host and control plane as processes of their own, or adopts those that run from the directory. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  mkdirSync(machineFiles(options.directory).hostDirectory, { recursive: true });
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const machine = await startOrAdopt(options);
    if (machine) return machine;
  }
  throw new SluiceError(
    'unexpected',
    'Host or control plane ended again and again while they were adopted.',
    {
      next: 'ask-human',
    },
  );
}

/** Undefined when something that was adopted ended meanwhile. */
async function startOrAdopt(options: MachineOptions): Promise<Machine | undefined> {
  const { directory } = options;
  const before = await readMachine(directory);
  const adoptedHost = before && (await isRunning(before.host)) ? before : undefined;
  const host = adoptedHost
    ? { identity: adoptedHost.host, port: adoptedHost.routerPort }
    : await startHost(remembered(options, before));
  const plane = before?.plane && (await isRunning(before.plane.server)) ? before.plane : undefined;
  const record = { host: host.identity, routerPort: host.port };
  // Written before the control plane starts, so that a host whose control plane cannot start is found again.
  await writeMachine(directory, { ...record, plane: before?.plane ?? null });
  const server = plane
    ? { identity: plane.server, port: plane.apiPort }
    : await startServer(remembered(options, before));
  await writeMachine(directory, { ...record, plane: { server: server.identity, apiPort: server.port } });
  const adopted = { host: adoptedHost !== undefined, server: plane !== undefined };
  if (await becomesReady(server, host))
    return { ...record, server: server.identity, apiPort: server.port, adopted };
  if (adopted.host || adopted.server) return undefined;
  const { serverLog } = machineFiles(directory);
  throw await gone(
    { pid: server.identity.pid, name: 'control plane', path: '', log: serverLog },
    'did not become ready',
  );
}

/** "Any port" means the one it was before: whoever knows it should find it again. */
const remembered = (options: MachineOptions, before: MachineRecord | undefined): MachineOptions => ({
  ...options,
  routerPort: options.routerPort === 0 ? (before?.routerPort ?? 0) : options.routerPort,
  apiPort: options.apiPort === 0 ? (before?.plane?.apiPort ?? 0) : options.apiPort,
});

interface Started {
  readonly identity: ProcessIdentity;
  readonly port: number;
}

async function startHost({ directory, routerPort, routerWorkers }: MachineOptions): Promise<Started> {
  const files = machineFiles(directory);
  await rm(files.hostFile, { force: true });
  const arguments_ = [
    '--directory',
    files.hostDirectory,
    '--port',
    `${routerPort}`,
    '--router-workers',
    `${routerWorkers}`,
  ];
  const pid = launch(hostMain, arguments_, files.hostLog);
  const found = await awaitFile({ pid, name: 'host', path: files.hostFile, log: files.hostLog }, hostFile);
  return { identity: await identified(found.pid, 'host'), port: found.routerPort };
}

async function startServer(options: MachineOptions): Promise<Started> {
  const { directory, apiPort, databaseUrl, lookEveryMs } = options;
  const files = machineFiles(directory);
  await rm(files.serverFile, { force: true });
  const database = databaseUrl === undefined ? [] : ['--database-url', databaseUrl];
  const arguments_ = [
    '--directory',
    directory,
    '--api-port',
    `${apiPort}`,
    '--look-every',
    `${lookEveryMs}`,
    ...database,
  ];
  const pid = launch(serverMain, arguments_, files.serverLog);
  const found = await awaitFile(
    { pid, name: 'control plane', path: files.serverFile, log: files.serverLog },
    serverFile,
  );
  return { identity: await identified(found.pid, 'control plane'), port: found.apiPort };
}

/** Starts a process that outlives this one, with its output in a log file. */
function launch(main: string, args: readonly string[], logPath: string): number {
  const log = openSync(logPath, 'a', 0o600);
  const node = ['--disable-warning=ExperimentalWarning', main, ...args];
  const child = spawn(process.execPath, node, { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  closeSync(log);
  return child.pid ?? 0;
}

interface Awaited {
  readonly pid: number;
  readonly name: string;
  readonly path: string;
  readonly log: string;
}

/** Waits until a process has said in its file that it is up; its last words are quoted when it ends instead. */
async function awaitFile<Value>(awaited: Awaited, schema: z.ZodType<Value>): Promise<Value> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    const parsed = schema.safeParse(await readJson(awaited.path));
    if (parsed.success) return parsed.data;
    if ((await identifyProcess(awaited.pid)) === undefined) throw await gone(awaited, 'ended at once');
    await delay(LOOK_EVERY_MS);
  }
  throw await gone(awaited, `did not come up within ${PATIENCE_MS / 1000} s`);
}

async function gone({ name, log }: Awaited, what: string): Promise<SluiceError> {
  const text = await readFile(log, 'utf8').catch(() => '');
  const last = text.trim().split('\n').slice(-5).join('\n');
  return new SluiceError('unexpected', `The ${name} ${what}. The end of its log (${log}):\n${last}`, {
    next: 'ask-human',
  });
}

async function identified(pid: number, name: string): Promise<ProcessIdentity> {
  const identity = await identifyProcess(pid);
  if (identity) return identity;
  throw new SluiceError('unexpected', `The ${name} ended right after it had come up.`, { next: 'retry' });
}

/** Ready means that the control plane, its store and its host all answer; false when a process ended instead. */
async function becomesReady(server: Started, host: Started): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    const answer = await fetch(`http://127.0.0.1:${server.port}/health/ready`).catch(() => undefined);
    const running = (await isRunning(server.identity)) && (await isRunning(host.identity));
    if (!running) return false;
    if (answer?.ok) return true;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}
