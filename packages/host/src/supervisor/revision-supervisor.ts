import { assert } from '@sluice/core/kernel/assert.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Instance, TrackStatus } from '@sluice/protocol/host/host-schema.ts';
import type { InstanceUsage } from '@sluice/protocol/host/pool-schema.ts';
import { instanceLogFile } from '../disk/host-paths.ts';
import { type InstanceRecord, newInstanceRecord, type RevisionRecord } from '../disk/track-record.ts';
import { isFree } from '../ports/port-claim.ts';
import type { Endpoint } from '../router/router.ts';
import { type Adoption, adoptionOf, type Sighting } from './adoption.ts';
import type { HostResources } from './host-resources.ts';
import { InstanceSupervisor } from './instance-supervisor.ts';
import { formatMark } from './process-mark.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { revisionReason } from './revision-reason.ts';
import { NO_INSTANCES, wantedInstances, type WantedInstances } from './wanted-instances.ts';

const NOTHING_USED = { bytes: 0, cpuMillis: 0 };

/** How a revision reaches its track. */
export interface RevisionSurroundings {
  readonly track: string;
  readonly revision: string;
  readonly host: HostResources;
  record(): RevisionRecord;
  /** Durable when it resolves. */
  save(change: (record: RevisionRecord) => RevisionRecord): Promise<void>;
  announce(): Promise<void>;
  inFlight(port: number): number;
}

type RevisionStatus = TrackStatus['revisions'][string];

/**
 * Brings one revision to the number of instances in its record, and keeps it there.
 * Owns: one supervisor per instance number, and the revision's port blocks.
 * 1. Instances are numbered from 0; a smaller order stops the highest numbers. A pool says itself which numbers there are.
 * 2. A number is used again only after the instance before it is gone.
 */
export class RevisionSupervisor {
  readonly #around: RevisionSurroundings;
  readonly #instances = new Map<number, InstanceSupervisor>();
  /** Instances take ports in turn, so that they share a block instead of taking one each. */
  readonly #ports = new OneAtATime();
  #closing = false;

  constructor(around: RevisionSurroundings) {
    this.#around = around;
  }

  /** Takes over what an earlier host left running. */
  async adopt(sighting: Sighting): Promise<void> {
    const { host } = this.#around;
    const { instances, portBlocks } = this.#around.record();
    await host.ports.adoptBlocks(portBlocks);
    for (const [name, record] of Object.entries(instances)) {
      const instance = Number(name);
      const adoption = adoptionOf(record.process, this.#markOf(instance, record), sighting);
      if (adoption.kind === 'none') continue;
      if (record.process) await host.ports.adopt(record.process.port);
      this.#begin(instance, adoption);
    }
  }

  /** Starts what is missing and stops what is too much. */
  reconcile(): void {
    const { run, leave } = this.#closing ? NO_INSTANCES : this.#wanted();
    for (const [instance, supervisor] of this.#instances)
      if (leave.has(instance)) supervisor.leave();
      else if (!run.has(instance)) supervisor.stop();
    for (const instance of run) if (!this.#instances.has(instance)) this.#begin(instance, { kind: 'none' });
  }

  /** What the processes of each instance use. */
  async usage(): Promise<InstanceUsage['instances']> {
    const running = [...this.#instances].flatMap(([instance, supervisor]) => {
      const { pid } = supervisor.status();
      return pid === null ? [] : [{ instance, pid }];
    });
    const used = await this.#around.host.usage.ofGroups(running.map(({ pid }) => pid));
    return running.map(({ instance, pid }) => ({ instance, ...(used.get(pid) ?? NOTHING_USED) }));
  }

  /** Stops all instances without changing what is ordered; for the end of the host. */
  async close(): Promise<void> {
    this.#closing = true;
    this.reconcile();
    await this.#emptied();
  }

  /** Resolves with true when no instance is left, or with false when an order brings the revision back meanwhile. */
  async retired(): Promise<boolean> {
    this.reconcile();
    while (this.#around.record().retiring && this.#instances.size > 0)
      await Promise.race([...this.#instances.values()].map(({ done }) => done));
    return this.#around.record().retiring;
  }

  /** The marks that processes of this revision may carry now. */
  marks(): string[] {
    const { instances } = this.#around.record();
    return [...this.#instances.keys()].flatMap((instance) => {
      const record = instances[instance];
      return record?.process ? [this.#markOf(instance, record)] : [];
    });
  }

  /** The log files that instances write to now. */
  logFiles(): string[] {
    const { host, track, revision } = this.#around;
    return [...this.#instances.keys()].map((instance) =>
      instanceLogFile(host.paths, track, revision, instance),
    );
  }

  /** Instances that are ready now. */
  get ready(): number {
    return this.#statuses().filter(({ state }) => state === 'ready').length;
  }

  /** What the router may use; instances that are not ready keep the requests that they have. */
  endpoints(): Endpoint[] {
    return [...this.#instances.values()]
      .map((instance) => instance.status())
      .filter(({ pid, state }) => pid !== null && ['ready', 'unready', 'draining'].includes(state))
      .map(({ port, state }) => ({
        revision: this.#around.revision,
        host: '127.0.0.1',
        port,
        draining: state !== 'ready',
      }));
  }

  status(): RevisionStatus {
    const { order, retiring, pool } = this.#around.record();
    const supervisors = [...this.#instances.values()];
    const instances = this.#statuses();
    return {
      generation: order.generation,
      version: order.run.version,
      ordered: order.instances,
      ready: instances.filter(({ state }) => state === 'ready').length,
      crashLooping: supervisors.some(({ crashLooping }) => crashLooping),
      reason: revisionReason(
        retiring,
        order.instances,
        instances
          .filter(({ instance }) => pool?.leave.includes(instance) !== true)
          .map((status) => ({ ...status, reason: this.#instances.get(status.instance)?.reason ?? null })),
      ),
      instances,
      ...(pool && {
        pool: { sequence: pool.sequence, workers: pool.run.length, isAsleep: pool.isAsleep },
      }),
    };
  }

  /** In their order; one that was told to leave is on its way out. */
  #statuses(): Instance[] {
    const { pool } = this.#around.record();
    return [...this.#instances.values()]
      .map((supervisor) => supervisor.status())
      .map((status) =>
        status.state === 'ready' && pool?.leave.includes(status.instance)
          ? { ...status, state: 'draining' as const }
          : status,
      )
      .sort((a, b) => a.instance - b.instance);
  }

  #wanted(): WantedInstances {
    const { order, retiring, pool } = this.#around.record();
    return wantedInstances(retiring ? 0 : order.instances, pool);
  }

  #begin(instance: number, adoption: Adoption): void {
    const { host, track, revision, announce, inFlight } = this.#around;
    const supervisor = new InstanceSupervisor(
      {
        track,
        revision,
        instance,
        host,
        announce,
        inFlight,
        run: () => this.#around.record().order.run,
        record: () => this.#around.record().instances[instance] ?? newInstanceRecord,
        save: (change) => this.#saveInstance(instance, change),
        takePort: (previous) => this.#ports.run(() => this.#takePort(previous)),
      },
      adoption,
    );
    this.#instances.set(instance, supervisor);
    void supervisor.done.then(() => this.#ended(instance, supervisor));
  }

  /** Its number is free again; whoever was ordered meanwhile takes it. */
  #ended(instance: number, supervisor: InstanceSupervisor): void {
    const { host, announce } = this.#around;
    assert(this.#instances.get(instance) === supervisor, `instance ${instance} was replaced while it ran`);
    host.ports.release(supervisor.port);
    this.#instances.delete(instance);
    void announce();
    this.reconcile();
  }

  async #emptied(): Promise<void> {
    while (this.#instances.size > 0) await Promise.all([...this.#instances.values()].map(({ done }) => done));
  }

  #saveInstance(instance: number, change: Partial<InstanceRecord>): Promise<void> {
    return this.#around.save((record) => ({
      ...record,
      instances: {
        ...record.instances,
        [instance]: { ...(record.instances[instance] ?? newInstanceRecord), ...change },
      },
    }));
  }

  async #takePort(previous: number): Promise<Result<number>> {
    const { host } = this.#around;
    if (previous !== 0 && (await isFree(previous))) return ok(previous);
    if (previous !== 0) host.ports.release(previous);
    return this.#around.record().order.dedicatedPorts ? this.#takeDedicatedPort() : host.ports.take();
  }

  async #takeDedicatedPort(): Promise<Result<number>> {
    const { host } = this.#around;
    const port = await host.ports.takeFrom(this.#around.record().portBlocks);
    if (port !== undefined) return ok(port);
    const block = await host.ports.takeBlock();
    if (!block.ok) return block;
    await this.#around.save((record) => ({ ...record, portBlocks: [...record.portBlocks, block.value] }));
    return this.#takeDedicatedPort();
  }

  #markOf(instance: number, { process }: InstanceRecord): string {
    const { host, track, revision } = this.#around;
    const nonce = process?.nonce ?? '';
    return formatMark({ directoryHash: host.paths.directoryHash, track, revision, instance, nonce });
  }
}
