/**
 * Splits requests with HAProxy, without reloads: the whole split of a track is one value of a runtime map (split-line.ts),
 * which the configuration compares with a random place, so that weights are exact to a basis point and hold from the next
 * request on; instances are servers that come and go through the admin socket.
 *
 * Owns one folder: the configuration, two maps, the rules, the log, the admin socket and `state.json`. HAProxy itself outlives
 * the control plane; the next one adopts it.
 *
 * Thinner than the host's own router: no mirror, no counts of goals; a request's time limit also bounds each silence within an
 * answer; the size of a body is limited by its declared length, so that a chunked one is refused where there is a limit.
 */
import { chmod, mkdir, readFile, realpath, stat, truncate, writeFile } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { RouterCapabilities, TrafficRouter } from '../traffic-router.ts';
import { adminSocket } from './admin-socket.ts';
import { findHaproxy } from './find-haproxy.ts';
import { HaproxyProcess } from './haproxy-process.ts';
import { refuseUnsupported } from './refuse-unsupported.ts';
import {
  type ProxySettings,
  proxyFiles,
  renderConfiguration,
  settingsDigest,
} from './render-configuration.ts';
import { loadState } from './router-state.ts';
import { runtimeMap } from './runtime-maps.ts';
import type { Endpoint } from './runtime-servers.ts';
import { takeOwnership } from './sole-owner.ts';
import { SplitOrders, type StartingPoint } from './split-orders.ts';

/** How HAProxy is started, and what it is told about. */
export interface HaproxyRouterOptions {
  /** Folder that the adapter owns; made when absent. */
  readonly directory: string;
  /** The program; found by itself by default. */
  readonly binary?: string;
  readonly listenPort: number;
  /** Default 127.0.0.1. */
  readonly listenAddress?: string;
  /** Revisions that can be routed at a time, over all tracks; default 64. */
  readonly backends?: number;
  /** Client connections at a time; default 4,096. */
  readonly connections?: number;
  /** Default: one for each processor. */
  readonly threads?: number;
  /** Ready instances of a revision, as the target sees them; asked at each apply and observe. */
  endpoints(track: TrackId, revision: RevisionId): Promise<readonly Endpoint[]>;
  /** Called when HAProxy ended and could not be started again; the next attempt follows. */
  trouble?(failure: SluiceError): void;
}

/** The router with its process. */
export interface HaproxyRouter extends TrafficRouter {
  /** The process that serves now; undefined for a moment after one has ended. */
  pid(): Promise<number | undefined>;
  /** Lets go of HAProxy, which goes on with the last splits until somebody opens the folder again. */
  close(): Promise<void>;
  /** Ends HAProxy as well, at once. */
  stop(): Promise<void>;
}

/** HAProxy binds the admin socket under a longer name first; a unix socket's path has at most 107 bytes. */
const LONGEST_SOCKET_PATH = 92;
/** HAProxy writes a line for each server that comes or goes; when the log has grown to this, it is emptied. */
const LONGEST_LOG_BYTES = 1024 * 1024;

/**
 * Starts HAProxy over a folder, or adopts the one that runs there, and brings it to what was ordered last.
 * @throws SluiceError `not-found` or `unsupported` for the program, `conflict` for a port or folder that is in use
 */
export async function haproxyRouter(options: HaproxyRouterOptions): Promise<HaproxyRouter> {
  const program = await findHaproxy(options.binary);
  const directory = await prepareDirectory(options.directory);
  const ownership = await takeOwnership(directory);
  try {
    const settings = settingsOf(options, directory, program.lua);
    const { orders, proxy } = await openOrders(options, settings, program.path);
    if (await proxy.ensure()) await orders.restore();
    const release = async (end: () => Promise<void>): Promise<void> => {
      await end();
      await ownership.release();
    };
    return {
      ...routerOf(orders, settings),
      pid: () => proxy.pid(),
      close: () => release(() => proxy.close()),
      stop: () => release(() => proxy.stop()),
    };
  } catch (thrown) {
    await ownership.release();
    throw thrown;
  }
}

function routerOf(orders: SplitOrders, { lua, directory }: ProxySettings): TrafficRouter {
  const capabilities = capabilitiesOf(lua);
  return {
    capabilities: () => capabilities,
    apply: async (request) => {
      refuseUnsupported(request, capabilities);
      await boundLog(proxyFiles(directory).log);
      await orders.apply(request);
    },
    observe: (track) => orders.observe(track),
  };
}

/** Matches and sticky keys are rules in Lua, which every usual package of HAProxy is built with. */
const capabilitiesOf = (lua: boolean): RouterCapabilities => ({
  shares: 'exact',
  granularityBasisPoints: 1,
  matchOn: lua ? ['header', 'cookie', 'path'] : [],
  mirror: false,
  sticky: lua ? ['header', 'cookie', 'address'] : [],
  goals: false,
});

function settingsOf(options: HaproxyRouterOptions, directory: string, lua: boolean): ProxySettings {
  return {
    directory,
    listenAddress: options.listenAddress ?? '127.0.0.1',
    listenPort: options.listenPort,
    backends: options.backends ?? 64,
    connections: options.connections ?? 4_096,
    threads: options.threads ?? null,
    lua,
    dropPrivileges: process.getuid?.() === 0,
  };
}

async function openOrders(
  options: HaproxyRouterOptions,
  settings: ProxySettings,
  program: string,
): Promise<{ orders: SplitOrders; proxy: HaproxyProcess }> {
  const files = proxyFiles(settings.directory);
  const rules = await readFile(new URL('./choose.lua', import.meta.url), 'utf8');
  const digest = settingsDigest(settings, rules);
  const admin = adminSocket(files.socket);
  const orders: SplitOrders = new SplitOrders(
    {
      admin,
      splits: runtimeMap(admin, files.splits),
      routes: runtimeMap(admin, files.routes),
      statePath: files.state,
      backends: settings.backends,
      revive: () => proxy.ensure(),
      endpoints: (track, revision) => options.endpoints(track, revision),
    },
    await loadState(files.state),
  );
  const proxy = new HaproxyProcess({
    program,
    ...files,
    digest,
    admin,
    prepare: () => writeFiles(settings, { digest, rules, start: orders.startingPoint() }),
    trouble: (failure) => options.trouble?.(failure),
  });
  return { orders, proxy };
}

async function writeFiles(
  settings: ProxySettings,
  { digest, rules, start }: { digest: string; rules: string; start: StartingPoint },
): Promise<void> {
  const files = proxyFiles(settings.directory);
  await Promise.all([
    writeFile(files.configuration, renderConfiguration(settings, { digest, servers: start.servers })),
    writeFile(files.splits, start.splits),
    writeFile(files.routes, start.routes),
    writeFile(files.rules, rules),
  ]);
}

async function prepareDirectory(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o700);
  const real = await realpath(directory);
  const { socket } = proxyFiles(real);
  if (Buffer.byteLength(socket) <= LONGEST_SOCKET_PATH) return real;
  throw new SluiceError(
    'invalid-input',
    `The path ${socket} is too long for a unix socket (at most ${LONGEST_SOCKET_PATH} bytes); choose a folder with a shorter one.`,
    { next: 'ask-human' },
  );
}

async function boundLog(path: string): Promise<void> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size > LONGEST_LOG_BYTES) await truncate(path);
}
