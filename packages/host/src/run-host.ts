import { rm } from 'node:fs/promises';
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { HostStatus } from '@sluice/protocol/host/host-schema.ts';
import type { HostAnnouncement } from '@sluice/protocol/process/announcement.ts';
import { identifyProcess, type ProcessIdentity } from '@sluice/protocol/process/process-identity.ts';
import { openSandboxes } from '@sluice/sandbox/open-sandboxes.ts';
import hostPackage from '../package.json' with { type: 'json' };
import { startControlServer } from './control/control-server.ts';
import { socketPath } from './control/socket-path.ts';
import { openHeadKeeper } from './disk/head-keeper.ts';
import { type HostPaths, hostPaths } from './disk/host-paths.ts';
import { writeAtomically } from './disk/write-atomically.ts';
import type { HostArguments } from './host-arguments.ts';
import type { Log } from './log.ts';
import { PortLedger } from './ports/port-ledger.ts';
import { MIGRATION_SETTING } from './router/connection-migration.ts';
import { type StartedRouter, startRouter } from './router/router.ts';
import { Cgroups } from './supervisor/cgroups.ts';
import type { HostResources } from './supervisor/host-resources.ts';
import { HostSupervisor } from './supervisor/host-supervisor.ts';
import { MemoryWatch } from './supervisor/memory-watch.ts';
import { readBootId } from './supervisor/process-table.ts';
import { SUPERVISOR_LIMITS } from './supervisor/supervisor-limits.ts';
import { UsageMeter } from './supervisor/usage-meter.ts';

/** Where Linux offers control groups. */
const CGROUP_MOUNT = '/sys/fs/cgroup';
/** How long a router that has just ended may take to leave its port and its files, in ms. */
const PORT_LEFT_WITHIN_MS = 2000;
const PORT_RETRY_MS = 100;
/** How long answers under way may take when the host ends, in ms. */
const LAST_ANSWERS_MS = 1000;

/**
 * How a host ends. `hand-over` leaves the processes, and for a while the workers of the router as well, to the next
 * host, so that the data plane is upgraded without a gap; `leave-processes` stops routing; `stop-processes` stops all.
 */
type HostEnd = 'hand-over' | 'leave-processes' | 'stop-processes';

/** What a signal asks for: SIGTERM is how a service is replaced, SIGINT how a person ends what they started. */
const END_BY_SIGNAL = { SIGTERM: 'hand-over', SIGINT: 'leave-processes' } as const;

/** Runs a host in a directory that the caller has locked, and resolves when it has ended in order. */
export async function runHost(
  args: HostArguments,
  environment: Readonly<NodeJS.ProcessEnv>,
  log: Log,
): Promise<void> {
  const startedAt = Date.now();
  const resources = await openResources(hostPaths(args.directory), args, environment, log);
  const { paths } = resources;
  const router = await openRouter(paths, args, log);
  const supervisor = await HostSupervisor.start(resources, router);
  const ending = Promise.withResolvers<void>();
  let shutdown: Promise<void> | undefined;
  const end = (how: HostEnd): Promise<void> => {
    shutdown ??= closeHost(resources, router, supervisor, how);
    // After this turn, so that the answer to the order is on its way before the door closes.
    void shutdown.then(() => setImmediate(ending.resolve), ending.reject);
    return shutdown;
  };
  const shutDown = (stopProcesses: boolean) => end(stopProcesses ? 'stop-processes' : 'leave-processes');
  const status = (): HostStatus => ({
    version: hostPackage.version,
    pid: process.pid,
    startedAt,
    routerPort: router.port,
    routerWorkers: router.workers(),
    machine: machine(),
  });
  const heads = await openHeadKeeper(paths.ledgerHeads, log);
  const socket = socketPath(args.directory);
  const control = await startControlServer(
    socket,
    { paths, supervisor, router, heads, environment, status, shutDown },
    log,
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void end(END_BY_SIGNAL[signal]));
  await announce(paths, { socket, routerPort: router.port, routerWorkers: args.routerWorkers });
  log('info', 'host ready', { directory: args.directory, socket, routerPort: router.port });
  await ending.promise;
  await rm(paths.hostFile, { force: true });
  await Promise.race([control.close(), wait(LAST_ANSWERS_MS)]);
}

/** The machine as it stands now. */
const machine = (): NonNullable<HostStatus['machine']> => ({
  processors: availableParallelism(),
  load: loadavg()[0] ?? 0,
  memoryBytes: totalmem(),
  freeMemoryBytes: freemem(),
});

/** Says who we are and where we are found, whole or not at all. */
async function announce(
  { hostFile }: HostPaths,
  found: Omit<HostAnnouncement, keyof ProcessIdentity>,
): Promise<void> {
  const identity = identifyProcess(process.pid);
  if (!identity) throw new SluiceError('unsupported', 'The host needs /proc mounted.', { next: 'ask-human' });
  const announcement: HostAnnouncement = { ...identity, ...found };
  await writeAtomically(hostFile, JSON.stringify(announcement));
}

async function closeHost(
  { log, ports }: HostResources,
  router: StartedRouter,
  supervisor: HostSupervisor,
  how: HostEnd,
): Promise<void> {
  log('info', 'host ending', { how });
  supervisor.refuseOrders();
  await (how === 'hand-over' ? router.handOver() : router.close());
  await supervisor.close({ stopProcesses: how === 'stop-processes' });
  ports.close();
  log('info', 'host ended', { how });
}

async function openResources(
  paths: HostPaths,
  { portRange }: HostArguments,
  environment: Readonly<NodeJS.ProcessEnv>,
  log: Log,
): Promise<HostResources> {
  const cgroups = await Cgroups.open(CGROUP_MOUNT, paths.directoryHash);
  if (cgroups === null)
    log(
      'info',
      'no writable cgroup v2: memory limits are kept by watching, processor limits are not enforced',
    );
  return {
    paths,
    ports: new PortLedger(portRange, Number.parseInt(paths.directoryHash.slice(0, 8), 16)),
    memory: new MemoryWatch(SUPERVISOR_LIMITS.memoryLookMs),
    usage: new UsageMeter(Date.now),
    cgroups,
    sandboxes: openSandboxes(),
    environment,
    bootId: readBootId(),
    limits: SUPERVISOR_LIMITS,
    random: Math.random,
    log,
  };
}

/** Starts the router; one that has just ended may need a moment to leave. */
async function openRouter(
  paths: HostPaths,
  { port, routerWorkers }: HostArguments,
  log: Log,
): Promise<StartedRouter> {
  const deadline = Date.now() + PORT_LEFT_WITHIN_MS;
  for (;;) {
    try {
      return await startRouter({
        port,
        workers: routerWorkers,
        stateFile: paths.routerState,
        onWorkerExit: ({ pid, code, signal }) => log('warn', 'router worker ended', { pid, code, signal }),
        onTakeOver: (migration) =>
          log(migration === 'off' ? 'warn' : 'info', 'took over from the workers of an earlier host', {
            waitingConnections:
              migration === 'off' ? `may be reset until ${MIGRATION_SETTING} is 1` : 'are moved',
          }),
      });
    } catch (error) {
      const failure = SluiceError.from(error, `route on port ${port}`);
      if (failure.code !== 'conflict' || Date.now() > deadline) throw failure;
      await wait(PORT_RETRY_MS);
    }
  }
}
