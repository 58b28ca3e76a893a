/**
 * Purpose: keeps as many workers as the load needs, on this machine and, as a figure for their autoscalers, in clusters.
 *
 * Owns a timer. 1. One server decides at a time, by a lease; what it decides is written before anybody does anything. 2. Every
 * server carries out what is its own: the server with the host orders instances, and each asks those workers to leave that are
 * connected to it, only after the host knows that they are to. 3. Nothing is remembered that the store cannot give back.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { RosterWorker } from './decide-line.ts';
import { PoolDeciding } from './pool-deciding.ts';
import { type PoolLine, poolLines } from './pool-lines.ts';
import { lineKey, type PoolRow } from './pool-plan.ts';
import type { PoolPorts } from './pool-ports.ts';

const EVERY_MS = 1_000;
/** How long what tracks order is taken for true, in ms; a host makes up what was ordered meanwhile by itself. */
const LINES_MS = 2_000;
/** Workers of one revision that a server tells of. */
const ROSTER = 1_000;

/** Keeps pools until it is stopped. */
export class PoolKeeper {
  readonly #ports: PoolPorts;
  readonly #deciding: PoolDeciding;
  readonly #drained = new Set<string>();
  #lines: { readonly at: number; readonly lines: readonly PoolLine[] } | null = null;
  #rows: readonly PoolRow[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turning: Promise<void> | null = null;
  #isWoken = false;
  #isStopped = false;

  constructor(ports: PoolPorts) {
    this.#ports = ports;
    this.#deciding = new PoolDeciding(ports);
    this.#again();
  }

  /** What was decided last, of all pools. */
  get plans(): readonly PoolRow[] {
    return this.#rows;
  }

  /** Something waits in a queue: a pool that sleeps there is woken at once. */
  heard(queue: TrackId): void {
    if (this.#rows.some((row) => row.queue === queue && row.plan.isAsleep)) this.wake();
  }

  /** Looks now, and once more when it is looking already. */
  wake(): void {
    if (this.#turning) this.#isWoken = true;
    else void this.turn();
  }

  /** One look; never rejects. */
  turn(): Promise<void> {
    this.#turning ??= this.#turnOnce().finally(() => {
      this.#turning = null;
      if (this.#isWoken && !this.#isStopped) {
        this.#isWoken = false;
        void this.turn();
      }
    });
    return this.#turning;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#turning;
  }

  #again(): void {
    this.#timer = setTimeout(() => void this.turn().then(() => this.#isStopped || this.#again()), EVERY_MS);
  }

  async #turnOnce(): Promise<void> {
    try {
      const lines = await this.#currentLines();
      if (lines.length === 0 && this.#rows.length === 0) return;
      await this.#publish(lines);
      this.#rows = await this.#ports.records.plans();
      await this.#decide(lines);
      await this.#follow();
    } catch (thrown) {
      const reason = SluiceError.from(thrown, 'keeping pools of workers').message;
      this.#ports.log.warn({ reason }, 'pools were not kept');
    }
  }

  async #currentLines(): Promise<readonly PoolLine[]> {
    const at = this.#ports.now();
    if (this.#lines && at - this.#lines.at < LINES_MS) return this.#lines.lines;
    const tracks = await this.#ports.tracks();
    const lines = (await Promise.all(tracks.map((track) => poolLines(track, this.#ports.revision)))).flat();
    this.#lines = { at, lines };
    return lines;
  }

  /** Tells all servers who is connected to this one, of the revisions that have pools. */
  async #publish(lines: readonly PoolLine[]): Promise<void> {
    const { connected, given, records } = this.#ports;
    const here = Map.groupBy(connected(), lineKey);
    const rosters = lines.flatMap((line) => {
      const workers = (here.get(lineKey(line)) ?? [])
        .slice(0, ROSTER)
        .map(({ worker, running }): RosterWorker => ({ name: worker, running, taken: given(worker) }));
      return workers.length === 0 ? [] : [{ queue: line.queue, revision: line.revision, workers }];
    });
    await records.putRosters(rosters);
  }

  async #decide(lines: readonly PoolLine[]): Promise<void> {
    const { records, host } = this.#ports;
    for (const on of ['machine', 'cluster'] as const) {
      const held = this.#rows.filter(({ plan }) => plan.on === on);
      const those = lines.filter((line) => line.on === on);
      if ((held.length === 0 && those.length === 0) || (on === 'machine' && host === null)) continue;
      if (!(await records.lead(on))) continue;
      const before = new Map(held.map((row) => [lineKey(row), row]));
      const changed = await this.#deciding.decide(those, before);
      if (changed.length > 0) await records.put(changed);
      const present = new Set(those.map(lineKey));
      const gone = held.filter((row) => !present.has(lineKey(row)));
      if (gone.length > 0) await records.forget(gone);
      this.#rows = [
        ...this.#rows.filter((row) => row.plan.on !== on),
        ...those.flatMap((line) => written(lineKey(line), before, changed)),
      ];
    }
  }

  async #follow(): Promise<void> {
    const { host, records, drain } = this.#ports;
    const known = this.#rows.map(async (row): Promise<readonly string[]> => {
      const { queue, revision, sequence, plan } = row;
      if (plan.on === 'cluster' || plan.slots === null) return [];
      if (sequence > row.applied) {
        if (host === null) return [];
        const { run, leave } = plan.slots;
        const order = {
          run: [...run],
          leave: leave.map(({ instance }) => instance),
          isAsleep: plan.isAsleep,
        };
        await host.orderPool(queue, revision, { sequence, ...order });
        await records.applied(row);
      }
      return plan.leaving;
    });
    const leaving = new Set((await Promise.all(known)).flat());
    for (const worker of leaving) if (!this.#drained.has(worker)) drain(worker);
    this.#drained.clear();
    for (const worker of leaving) this.#drained.add(worker);
  }
}

/** A line's plan as it stands now. */
function written(
  key: string,
  before: ReadonlyMap<string, PoolRow>,
  changed: readonly Omit<PoolRow, 'applied'>[],
): readonly PoolRow[] {
  const held = before.get(key);
  const now = changed.find((row) => lineKey(row) === key);
  if (now === undefined) return held ? [held] : [];
  return [{ ...now, applied: held?.applied ?? 0 }];
}
