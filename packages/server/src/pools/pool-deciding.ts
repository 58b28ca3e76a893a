/**
 * Purpose: one look at all pools by the server that decides about them, and what comes of it.
 *
 * Owns, in memory: what pools remember between two looks, and the memory of processes. What is lost with the server is read
 * back from the plans, or measured again.
 */
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { neededPlaces, type PoolLoad, type PoolMemory } from '@sluice/core/tasks/pool.ts';
import type { TrackStatus } from '@sluice/protocol/host/host-schema.ts';
import type { MeasuredLoad } from '../store/pools/measure-load.ts';
import { decideLine, isOtherOrder, type RosterWorker } from './decide-line.ts';
import type { PoolLine } from './pool-lines.ts';
import { lineKey, type PoolPlan, type PoolRow } from './pool-plan.ts';
import type { PoolPorts } from './pool-ports.ts';

/** Plans that say nothing new are written so often, in ms, so that what they remember is not lost. */
const REWRITE_MS = 5_000;
/** How often hosts are asked for the memory of processes, in ms. */
const MEMORY_MS = 5_000;

interface Measured {
  readonly loads: ReadonlyMap<string, MeasuredLoad>;
  readonly workers: ReadonlyMap<string, readonly RosterWorker[]>;
  readonly hosts: ReadonlyMap<TrackId, TrackStatus | null>;
}

/** Decides about pools. */
export class PoolDeciding {
  readonly #ports: PoolPorts;
  readonly #memories = new Map<string, PoolMemory>();
  readonly #bytes = new Map<string, { readonly at: number; readonly used: ReadonlyMap<number, number> }>();

  constructor(ports: PoolPorts) {
    this.#ports = ports;
  }

  /** Decides about lines; gives the plans that are to be written. */
  async decide(
    lines: readonly PoolLine[],
    before: ReadonlyMap<string, PoolRow>,
  ): Promise<readonly Omit<PoolRow, 'applied'>[]> {
    const measured = await this.#measure(lines);
    const needed = new Map<TrackId, number>();
    const changed: Omit<PoolRow, 'applied'>[] = [];
    for (const line of lines) {
      const key = lineKey(line);
      const held = before.get(key);
      const plan = await this.#decideOne(line, measured, held?.plan ?? null);
      const places = neededPlaces(await this.#loadOf(line, measured), line.spec.targetWaitMs, plan.at);
      needed.set(line.queue, (needed.get(line.queue) ?? 0) + places);
      this.#memories.set(key, plan.memory);
      const isOther = isOtherOrder(held?.plan, plan) || isLost(held, measured.hosts.get(line.queue));
      if (!isOther && held && !isWorthWriting(held.plan, plan)) continue;
      const sequence = isOther ? Math.max((held?.sequence ?? 0) + 1, plan.at) : (held?.sequence ?? plan.at);
      changed.push({ queue: line.queue, revision: line.revision, sequence, plan });
    }
    for (const [queue, places] of needed) await this.#ports.history.note(queue, places, this.#ports.now());
    return changed;
  }

  async #measure(lines: readonly PoolLine[]): Promise<Measured> {
    const { records, host } = this.#ports;
    const queues = [...new Set(lines.map(({ queue }) => queue))];
    const onMachine = new Set(lines.flatMap(({ on, queue }) => (on === 'machine' ? [queue] : [])));
    const [loads, rosters, hosts] = await Promise.all([
      records.load(queues),
      records.rosters(),
      Promise.all([...onMachine].map(async (queue) => [queue, (await host?.track(queue)) ?? null] as const)),
    ]);
    const workers = Map.groupBy(rosters, lineKey);
    return {
      loads: new Map(loads.map((load) => [`${load.queue} ${load.revision}`, load])),
      workers: new Map(
        [...workers].map(([key, those]) => [key, those.flatMap((one) => one.workers as RosterWorker[])]),
      ),
      hosts: new Map(hosts),
    };
  }

  async #decideOne(line: PoolLine, measured: Measured, before: PoolPlan | null): Promise<PoolPlan> {
    const key = lineKey(line);
    const status = line.on === 'machine' ? measured.hosts.get(line.queue) : null;
    const host = status?.revisions[line.revision] ?? null;
    const sight = {
      ...{ host, now: this.#ports.now(), load: await this.#loadOf(line, measured) },
      workers: measured.workers.get(key) ?? [],
      memory: host !== null && line.spec.recycle.memoryBytes > 0 ? await this.#bytesOf(line) : new Map(),
    };
    return decideLine(line, sight, {
      plan: before,
      memory: this.#memories.get(key) ?? before?.memory ?? null,
    });
  }

  async #loadOf(line: PoolLine, { loads }: Measured): Promise<PoolLoad> {
    const { times, history, now } = this.#ports;
    const { waiting = 0, running = 0, oldestAt = null } = loads.get(lineKey(line)) ?? {};
    const foreseen = line.spec.isForeseeing ? await history.foreseen(line.queue, now(), line.aheadMs) : 0;
    return {
      ...{ waiting, running, oldestAt, foreseenPlaces: foreseen * line.share },
      attemptMs: waiting === 0 ? null : await times.mean(line.queue, line.revision),
    };
  }

  async #bytesOf({ queue, revision }: { queue: TrackId; revision: RevisionId }) {
    const key = lineKey({ queue, revision });
    const present = this.#bytes.get(key);
    const at = this.#ports.now();
    if (present && at - present.at < MEMORY_MS) return present.used;
    const told = await this.#ports.host?.usage(queue, revision);
    const used = new Map(told?.instances.map(({ instance, bytes }) => [instance, bytes]));
    this.#bytes.set(key, { at, used });
    return used;
  }
}

/** A host that has forgotten a revision meanwhile has forgotten its pool. */
function isLost(held: PoolRow | undefined, host: TrackStatus | null | undefined): boolean {
  if (held === undefined || held.applied < held.sequence) return false;
  const seen = host?.revisions[held.revision];
  return seen !== undefined && (seen.pool?.sequence ?? 0) < held.sequence;
}

const isWorthWriting = (before: PoolPlan, after: PoolPlan): boolean =>
  before.workers !== after.workers ||
  before.ordered !== after.ordered ||
  before.leaving.join() !== after.leaving.join() ||
  after.at - before.at >= REWRITE_MS;
