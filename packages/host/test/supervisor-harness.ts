import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import { openSandboxes } from '@sluice/sandbox/open-sandboxes.ts';
import type { Instance, RevisionOrder, SplitOrder, TrackStatus } from '@sluice/protocol/host/host-schema.ts';
import { type HostPaths, hostPaths } from '../src/disk/host-paths.ts';
import type { LogFields } from '../src/log.ts';
import { PortLedger } from '../src/ports/port-ledger.ts';
import type { Endpoint, Router, TrackTable } from '../src/router/router.ts';
import type { HostResources } from '../src/supervisor/host-resources.ts';
import { HostSupervisor } from '../src/supervisor/host-supervisor.ts';
import { MemoryWatch } from '../src/supervisor/memory-watch.ts';
import { findMarked } from '../src/supervisor/process-mark.ts';
import { readBootId } from '../src/supervisor/process-table.ts';
import { SUPERVISOR_LIMITS, type SupervisorLimits } from '../src/supervisor/supervisor-limits.ts';
import { UsageMeter } from '../src/supervisor/usage-meter.ts';
import { until } from './host-waiting.ts';

export const TRACK = 'shop/production/web';

/** A router that keeps what it is told and serves nothing. */
export class NotingRouter implements Router {
  readonly port = 0;
  readonly tables = new Map<string, TrackTable>();
  readonly endpoints = new Map<string, readonly Endpoint[]>();
  /** What happened, in order. */
  readonly story: string[] = [];
  busy = 0;
  failing = false;

  async setSplit(table: TrackTable): Promise<void> {
    if (this.failing) throw new Error('a worker is gone');
    this.tables.set(table.track, table);
    this.story.push(`split ${table.generation}`);
  }
  async setEndpoints(track: string, endpoints: readonly Endpoint[]): Promise<void> {
    if (this.failing) throw new Error('a worker is gone');
    this.endpoints.set(track, endpoints);
    const told = endpoints.map(({ revision, draining }) => `${revision}${draining ? ' draining' : ''}`);
    this.story.push(`endpoints ${told.join(', ')}`);
  }
  inForce(track: string): { generation: number; split: Split } | null {
    return this.tables.get(track) ?? null;
  }
  inFlight(): number {
    return this.busy;
  }
  async removeTrack(track: string): Promise<void> {
    this.tables.delete(track);
    this.endpoints.delete(track);
    this.story.push('track removed');
  }
  traffic() {
    return { now: 0, keptSince: 0, seconds: [], refused: 0 };
  }
  unmirrored(): number {
    return 0;
  }
  workers() {
    return [];
  }
  async close(): Promise<void> {}
}

/** A supervisor with real processes in a folder of its own, and a router that only takes notes. */
export class TestHost {
  readonly folder: string;
  readonly paths: HostPaths;
  readonly router = new NotingRouter();
  readonly logged: { level: string; message: string; fields: LogFields }[] = [];
  readonly environment: Record<string, string>;
  #supervisor: HostSupervisor | undefined;
  readonly #resources: HostResources;

  private constructor(folder: string, limits: Partial<SupervisorLimits>) {
    this.folder = folder;
    this.paths = hostPaths(join(folder, 'host'));
    this.environment = { PATH: process.env['PATH'] ?? '', HOST_ONLY: 'not for programs' };
    // Below the ports that the kernel gives to outgoing connections.
    const from = 10_000 + 100 * Math.floor(Math.random() * 200);
    const quick = { ...SUPERVISOR_LIMITS, restartBaseMs: 20, memoryLookMs: 50, logLookMs: 50, ...limits };
    this.#resources = {
      paths: this.paths,
      ports: new PortLedger({ from, to: from + 99 }, 0),
      memory: new MemoryWatch(quick.memoryLookMs),
      usage: new UsageMeter(Date.now),
      cgroups: null,
      sandboxes: openSandboxes(),
      environment: this.environment,
      bootId: readBootId(),
      limits: quick,
      random: seededRandom(1),
      log: (level, message, fields = {}) => void this.logged.push({ level, message, fields }),
    };
  }

  static async start(limits: Partial<SupervisorLimits> = {}): Promise<TestHost> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-supervisor-')));
    const host = new TestHost(folder, limits);
    host.#supervisor = await HostSupervisor.start(host.#resources, host.router);
    return host;
  }

  get supervisor(): HostSupervisor {
    if (!this.#supervisor) throw new Error('the host was not started');
    return this.#supervisor;
  }

  /** Gives an order and expects that it is accepted. */
  async put(revision: string, order: RevisionOrder): Promise<void> {
    accepted(await this.tryPut(revision, order));
  }

  tryPut(revision: string, order: RevisionOrder): Promise<Result<undefined>> {
    return this.supervisor.order(TRACK, (track) => track.putRevision(revision, order));
  }

  async split(order: SplitOrder): Promise<void> {
    accepted(await this.trySplit(order));
  }

  trySplit(order: SplitOrder): Promise<Result<undefined>> {
    return this.supervisor.order(TRACK, (track) => track.putSplit(order));
  }

  retire(revision: string, generation: number): Promise<Result<undefined>> {
    return this.supervisor.order(TRACK, (track) => track.retire(revision, generation));
  }

  revision(revision: string): TrackStatus['revisions'][string] | undefined {
    return this.supervisor.track(TRACK)?.status().revisions[revision];
  }

  instances(revision: string): readonly Instance[] {
    return this.revision(revision)?.instances ?? [];
  }

  /** Waits until so many instances are ready, and gives them. */
  async ready(revision: string, count: number): Promise<readonly Instance[]> {
    await until(
      () => this.revision(revision)?.ready === count,
      `${count} ready instances`,
      () => this.revision(revision),
    );
    return this.instances(revision);
  }

  /** Live processes of this host, whoever started them. */
  async processes(): Promise<readonly number[]> {
    return (await findMarked(this.paths.directoryHash)).map(({ pid }) => pid);
  }

  /** Stops everything, and ends whatever should not be there any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.router.busy = 0;
    this.router.failing = false;
    await this.#supervisor?.close({ stopProcesses: true });
    this.#resources.ports.close();
    const left = await this.processes();
    for (const pid of left) process.kill(pid, 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`${left.length} processes outlived the host`);
  }
}

function accepted(outcome: Result<undefined>): void {
  if (!outcome.ok) throw new Error(`refused: ${outcome.refusal.code} ${outcome.refusal.message}`);
}
