import { assert } from '@sluice/core/kernel/assert.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import { mayReach } from '@sluice/core/traffic/split.ts';
import type {
  RevisionOrder,
  RevisionRun,
  RoutePolicy,
  SplitOrder,
  TrackStatus,
} from '@sluice/protocol/host/host-schema.ts';
import type { InstanceUsage, PoolOrder } from '@sluice/protocol/host/pool-schema.ts';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { revisionLogFolder } from '../disk/host-paths.ts';
import { pruneLogs } from '../disk/log-file.ts';
import { TrackLedger } from '../disk/track-ledger.ts';
import {
  type Fence,
  type RevisionRecord,
  type TrackRecord,
  withOrder,
  withoutRevision,
  withRevision,
} from '../disk/track-record.ts';
import type { Router } from '../router/router.ts';
import { admitInstances, admitOrder } from './admit-order.ts';
import { admitSplit } from './admit-split.ts';
import type { Sighting } from './adoption.ts';
import { EndpointAnnouncer } from './endpoint-announcer.ts';
import { type FencedOrder, throughFence } from './fence.ts';
import type { HostResources } from './host-resources.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { redactLogs } from './redact-logs.ts';
import { routeFault, sameRoute } from './route-fault.ts';
import { RevisionSupervisor } from './revision-supervisor.ts';
import { retirementSuperseded, routeTaken, stillRouted, unknownRevision } from './track-refusals.ts';
import { splitFromWire, splitToWire } from './wire-split.ts';

/**
 * Carries out the orders for one track.
 * Owns: the track's ledger, and one supervisor per revision.
 * 1. An order is on disk before it is acted upon, and orders of one track are judged one after the other.
 * 2. No revision is stopped while the split in force, or the one on its way to the router, may reach it.
 * 3. The router learns of every change of readiness.
 * 4. A revision is forgotten only after every process of it is gone.
 */
export class TrackSupervisor {
  readonly track: string;
  readonly #host: HostResources;
  readonly #router: Router;
  readonly #ledger: TrackLedger;
  readonly #announcer: EndpointAnnouncer;
  readonly #revisions = new Map<string, RevisionSupervisor>();
  readonly #orders = new OneAtATime();
  readonly #holderOf: (route: RoutePolicy) => string | undefined;

  /** @param holderOf which other track, if any, already takes the requests of a route */
  constructor(
    host: HostResources,
    router: Router,
    record: TrackRecord,
    holderOf: (route: RoutePolicy, asking: string) => string | undefined,
  ) {
    this.track = record.track;
    this.#host = host;
    this.#router = router;
    this.#holderOf = (route) => holderOf(route, record.track);
    this.#ledger = new TrackLedger(host.paths, record);
    this.#announcer = new EndpointAnnouncer({
      track: record.track,
      router,
      retryMs: host.limits.routerRetryMs,
      log: host.log,
      endpoints: () => [...this.#revisions.values()].flatMap((revision) => revision.endpoints()),
    });
    for (const revision of Object.keys(record.revisions)) this.#supervise(revision);
  }

  /** Whether no order was ever accepted and none is being judged: such a track is not worth remembering. */
  get blank(): boolean {
    return this.#ledger.record.fence.generation === 0 && this.#orders.idle;
  }

  /** Whether the split that was last ordered takes the requests of a route. */
  holds(route: RoutePolicy): boolean {
    const { split } = this.#ledger.record;
    return split !== null && sameRoute(split.route, route);
  }

  /** Takes over the processes of an earlier host, and goes on with what it was ordered and had not finished. */
  async resume(sighting: Sighting): Promise<void> {
    for (const supervisor of this.#revisions.values()) await supervisor.adopt(sighting);
    if (this.#revisions.size > 0) void this.#announcer.announce();
    void this.#orders.run(() => this.#repeatSplit());
    for (const [revision, supervisor] of this.#revisions) {
      supervisor.reconcile();
      if (this.#recordOf(revision).retiring) void this.#goOnRetiring(revision, supervisor);
    }
  }

  /** Brings a revision to a number of instances. */
  putRevision(revision: string, order: RevisionOrder): Promise<Result<undefined>> {
    const fenced = { generation: order.generation, thing: `revision ${revision}`, content: order };
    return this.#orders.run(async () => {
      const admitted = await this.#admit(fenced, () => this.#admitRevision(revision, order));
      if (!admitted.ok) return admitted;
      await this.#ledger.update((record) => withOrder({ ...record, fence: admitted.value }, revision, order));
      (this.#revisions.get(revision) ?? this.#supervise(revision)).reconcile();
      return ok(undefined);
    });
  }

  /** Says which instances make up the pool of a revision; one that is not newer changes nothing. */
  putPool(revision: string, pool: PoolOrder): Promise<Result<undefined>> {
    return this.#orders.run(async () => {
      const supervisor = this.#revisions.get(revision);
      if (supervisor === undefined) return unknownRevision(revision);
      const asked = pool.run.length;
      const admitted = admitInstances(asked, this.#host);
      if (!admitted.ok) return admitted;
      if (pool.sequence <= (this.#recordOf(revision).pool?.sequence ?? 0)) return ok(undefined);
      await this.#ledger.update((record) =>
        withRevision(record, revision, { ...this.#recordOf(revision), pool }),
      );
      supervisor.reconcile();
      return ok(undefined);
    });
  }

  /** What the processes of a revision use; nothing of one that is not there. */
  async usageOf(revision: string): Promise<InstanceUsage['instances']> {
    return (await this.#revisions.get(revision)?.usage()) ?? [];
  }

  /** Drains and stops a revision, and forgets it; resolves when nothing of it is left. */
  async retire(revision: string, generation: number): Promise<Result<undefined>> {
    const begun = await this.#orders.run(() => this.#beginRetirement(revision, generation));
    if (!begun.ok || (await this.#forgetWhenGone(revision, begun.value)))
      return begun.ok ? ok(undefined) : begun;
    return retirementSuperseded(revision);
  }

  /** Puts a split in force; resolves when every worker of the router has it. */
  putSplit(order: SplitOrder): Promise<Result<undefined>> {
    const fenced = { generation: order.generation, thing: 'split', content: order };
    return this.#orders.run(async () => {
      const admitted = await this.#admit(fenced, async () => this.#admitSplit(order));
      if (!admitted.ok) return admitted;
      await this.#ledger.update((record) => ({ ...record, fence: admitted.value, split: order }));
      await this.#setSplit(order);
      return ok(undefined);
    });
  }

  status(): TrackStatus {
    const inForce = this.#router.inForce(this.track);
    const revisions = [...this.#revisions].map(
      ([revision, supervisor]) => [revision, supervisor.status()] as const,
    );
    return {
      track: this.track,
      revisions: Object.fromEntries(revisions),
      split: inForce === null ? null : { generation: inForce.generation, split: splitToWire(inForce.split) },
    };
  }

  /** What the order for a revision says; undefined when it is not run here. */
  orderOf(revision: string): RevisionOrder | undefined {
    return this.#revisions.has(revision) ? this.#recordOf(revision).order : undefined;
  }

  /** The marks that processes of this track may carry now. */
  marks(): string[] {
    return [...this.#revisions.values()].flatMap((revision) => revision.marks());
  }

  /** The log files that instances write to now. */
  logFiles(): string[] {
    return [...this.#revisions.values()].flatMap((revision) => revision.logFiles());
  }

  /** Stops every process and leaves the orders as they are; the router has been closed before. */
  async stopProcesses(): Promise<void> {
    this.#announcer.close();
    await Promise.all([...this.#revisions.values()].map((revision) => revision.close()));
  }

  /** Ends the talk with the router; resolves when what is known is on disk. */
  async close(): Promise<void> {
    this.#announcer.close();
    await this.#ledger.settled();
  }

  /**
   * Judges an order and gives the fence after it. The generation of an order that is refused on its merits counts as
   * well, because whoever is newer has spoken; its content does not, so that it may be corrected.
   */
  async #admit(order: FencedOrder, judge: () => Promise<Result<undefined>>): Promise<Result<Fence>> {
    const fence = throughFence(this.#ledger.record.fence, order);
    const judged = fence.ok ? await judge() : fence;
    if (judged.ok) return fence;
    const known = this.#ledger.record.fence.generation;
    if (known > 0 && order.generation > known)
      await this.#ledger.update((record) => ({
        ...record,
        fence: { generation: order.generation, digests: {} },
      }));
    return judged;
  }

  async #admitRevision(revision: string, order: RevisionOrder): Promise<Result<undefined>> {
    const present = this.#revisions.has(revision) ? this.#recordOf(revision) : undefined;
    if (order.instances === 0 && this.#isReachable(revision)) return stillRouted(revision);
    return admitOrder(order, present, this.#host);
  }

  #admitSplit(order: SplitOrder): Result<undefined> {
    const fault = routeFault(order);
    if (fault !== undefined)
      return refuse('split-invalid', `The split cannot be applied: ${fault}.`, 'Correct the split.');
    const holder = this.#holderOf(order.route);
    if (holder !== undefined) return routeTaken(order, holder);
    const known = [...this.#revisions].map(
      ([revision, { ready }]) => [revision, { ready, retiring: this.#recordOf(revision).retiring }] as const,
    );
    return admitSplit(splitFromWire(order), this.#router.inForce(this.track)?.split ?? null, new Map(known));
  }

  async #beginRetirement(revision: string, generation: number): Promise<Result<RevisionSupervisor>> {
    const fenced = { generation, thing: `revision ${revision}`, content: 'retire' };
    const admitted = await this.#admit(fenced, async () => {
      if (!this.#revisions.has(revision)) return unknownRevision(revision);
      return this.#isReachable(revision) ? stillRouted(revision) : ok(undefined);
    });
    if (!admitted.ok) return admitted;
    await this.#ledger.update((record) =>
      withRevision({ ...record, fence: admitted.value }, revision, {
        ...this.#recordOf(revision),
        retiring: true,
      }),
    );
    const supervisor = this.#revisions.get(revision);
    assert(supervisor, `the revision ${revision} has a record and no supervisor`);
    return ok(supervisor);
  }

  #isReachable(revision: string): boolean {
    const inForce = this.#router.inForce(this.track)?.split;
    const ordered = this.#ledger.record.split;
    const splits = [...(inForce ? [inForce] : []), ...(ordered ? [splitFromWire(ordered)] : [])];
    return splits.some((split) => mayReach(split, revisionId(revision)));
  }

  /** @returns false when the revision was ordered again meanwhile */
  async #forgetWhenGone(revision: string, supervisor: RevisionSupervisor): Promise<boolean> {
    if (!(await supervisor.retired())) return false;
    return this.#orders.run(async () => {
      if (this.#revisions.get(revision) !== supervisor) return true;
      const { retiring, portBlocks, order } = this.#recordOf(revision);
      if (!retiring) return false;
      await this.#redact(revision, order.run.secrets);
      this.#revisions.delete(revision);
      this.#host.ports.releaseBlocks(portBlocks);
      await this.#ledger.update((record) => withoutRevision(record, revision));
      await this.#tidyUp(revision);
      return true;
    });
  }

  /** What cannot be blotted out, on a full disk for example, is not kept. */
  async #redact(revision: string, secrets: RevisionRun['secrets']): Promise<void> {
    const folder = revisionLogFolder(this.#host.paths, this.track, revision);
    await redactLogs(folder, secrets, this.#host.environment).catch(async (error: unknown) => {
      const { message: reason } = SluiceError.from(error, 'blot secrets out of logs');
      this.#host.log('error', 'logs of the revision removed', { track: this.track, revision, reason });
      await rm(folder, { recursive: true, force: true });
    });
  }

  async #tidyUp(revision: string): Promise<void> {
    const folder = dirname(revisionLogFolder(this.#host.paths, this.track, revision));
    await pruneLogs(folder, new Set(this.#revisions.keys()));
    this.#host.log('info', 'revision retired', { track: this.track, revision });
    if (this.#revisions.size > 0) return;
    await this.#announcer.withdraw();
    await this.#ledger.update((record) => ({ ...record, split: null }));
  }

  async #goOnRetiring(revision: string, supervisor: RevisionSupervisor): Promise<void> {
    try {
      await this.#forgetWhenGone(revision, supervisor);
    } catch (error) {
      const reason = SluiceError.from(error, 'retire the revision').message;
      this.#host.log('error', 'retirement not finished', { track: this.track, revision, reason });
    }
  }

  /** The router has its own memory; an order that was noted and had not reached it yet reaches it now. */
  async #repeatSplit(): Promise<void> {
    const { split } = this.#ledger.record;
    if (split === null) return;
    await this.#setSplit(split).catch((error: unknown) => {
      const reason = SluiceError.from(error, 'set the split').message;
      this.#host.log('error', 'split not repeated', { track: this.track, reason });
    });
  }

  #setSplit({ generation, route, split }: SplitOrder): Promise<void> {
    const table = {
      track: this.track,
      generation,
      route,
      split: splitFromWire({ generation, route, split }),
    };
    return this.#router.setSplit(table).catch((error: unknown) => {
      throw new SluiceError('unreachable', 'Not every worker of the router confirmed the split.', {
        next: 'retry',
        cause: error,
      });
    });
  }

  #recordOf(revision: string): RevisionRecord {
    const record = this.#ledger.record.revisions[revision];
    assert(record, `the revision ${revision} is supervised without a record`);
    return record;
  }

  #supervise(revision: string): RevisionSupervisor {
    const supervisor = new RevisionSupervisor({
      track: this.track,
      revision,
      host: this.#host,
      record: () => this.#recordOf(revision),
      save: (change) =>
        this.#ledger.update((record) => withRevision(record, revision, change(this.#recordOf(revision)))),
      announce: () => this.#announcer.announce(),
      inFlight: (port) => this.#router.inFlight(this.track, revision, port),
    });
    this.#revisions.set(revision, supervisor);
    return supervisor;
  }
}
