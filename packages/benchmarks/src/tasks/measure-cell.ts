import { setTimeout as delay } from 'node:timers/promises';
import { assert } from '@sluice/core/kernel/assert.ts';
import { Client } from 'pg';
import { median } from '../median.ts';
import { contendersNamed } from './contenders.ts';
import { monotonicMs, type QueuePlace, type QueueUnderTest } from './queue-under-test.ts';

/** What to measure. */
export interface CellWish {
  readonly contender: string;
  readonly place: QueuePlace;
  readonly workers: number;
  /** Tasks that are there when the workers begin. */
  readonly backlog: number;
  /** So many of them are done at most; the rest is left. */
  readonly drained: number;
  readonly latency: { readonly perSecond: number; readonly seconds: number };
}

/** What came of it. */
export interface CellFigures {
  /** Tasks taken in per second. */
  readonly filledPerSecond: number;
  /** Tasks done per second, from the first handler to the last end that is stored. */
  readonly drainedPerSecond: number;
  /** From before the submit to the handler, in ms, in order; empty where it was not measured. */
  readonly latencies: readonly number[];
  /** The same for submits: until the task is stored. */
  readonly submits: readonly number[];
}

/** How often the store is asked whether all has ended, in ms. */
const LOOK_EVERY_MS = 3;
const PATIENCE_MS = 120_000;

/** Fills a queue, has it done, and then sends tasks one by one. */
export async function measureCell(wish: CellWish): Promise<CellFigures> {
  const contender = contendersNamed([wish.contender])[0];
  assert(contender !== undefined, `there is a contender ${wish.contender}`);
  const queue = await contender.open(wish.place, contender.mix);
  const begun = monotonicMs();
  await queue.fill(0, wish.backlog);
  const filledPerSecond = (wish.backlog / (monotonicMs() - begun)) * 1000;
  const isWhole = wish.drained === wish.backlog;
  if (!isWhole) await writtenOut(wish.place);
  const handledAt = new Map<number, number>();
  const all = Promise.withResolvers<number>();
  await queue.work(wish.workers, (number, atMs) => {
    handledAt.set(number, atMs);
    if (handledAt.size === wish.drained) all.resolve(atMs);
  });
  const lastAt = await inTime(all.promise, () => `${handledAt.size} of ${wish.drained} tasks were handled`);
  if (isWhole) await ended(queue);
  const drainedMs = (isWhole ? monotonicMs() : lastAt) - leastOf(handledAt.values());
  const { latencies, submits } = isWhole
    ? await latenciesOf(queue, wish, handledAt)
    : { latencies: [], submits: [] };
  await queue.close();
  const drainedPerSecond = isWhole ? (wish.drained / drainedMs) * 1000 : usualRate([...handledAt.values()]);
  return { filledPerSecond, drainedPerSecond, latencies, submits };
}

/** A long queue leaves hundreds of megabytes to be written to disk, which is the same for all and not what is measured. */
async function writtenOut({ databaseUrl }: QueuePlace): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('checkpoint');
  await client.end();
}

/** Tasks of one part of those that are done of a long queue. */
const PART = 2_500;

/** The median over parts, as one that waits for the disk of a busy machine would decide alone. */
function usualRate(handledAt: readonly number[]): number {
  const rates: number[] = [];
  for (let end = PART; end < handledAt.length; end += PART)
    rates.push((PART / ((handledAt[end] ?? 0) - (handledAt[end - PART] ?? 0))) * 1000);
  return median(rates.length > 0 ? rates : [handledAt.length]);
}

/** The least of more numbers than a function may have arguments. */
function leastOf(values: Iterable<number>): number {
  let least = Infinity;
  for (const value of values) least = Math.min(least, value);
  return least;
}

async function ended(queue: QueueUnderTest): Promise<void> {
  const until = monotonicMs() + PATIENCE_MS;
  while ((await queue.unfinished()) > 0) {
    assert(monotonicMs() < until, 'every task ends');
    await delay(LOOK_EVERY_MS); // The store is asked, as every queue tells its end in another way.
  }
}

/** Submits at a steady pace, whatever comes back, and looks when each task was handled. */
async function latenciesOf(
  queue: QueueUnderTest,
  { backlog, latency: { perSecond, seconds } }: CellWish,
  handledAt: ReadonlyMap<number, number>,
): Promise<{ readonly latencies: readonly number[]; readonly submits: readonly number[] }> {
  const count = Math.round(perSecond * seconds);
  const sentAt: number[] = [];
  const submits: number[] = [];
  const sending: Promise<unknown>[] = [];
  const begun = monotonicMs();
  for (let nth = 0; nth < count; nth++) {
    await delay(Math.max(0, begun + (nth * 1000) / perSecond - monotonicMs())); // A pace is what is wanted.
    const at = monotonicMs();
    sentAt.push(at);
    sending.push(queue.submit(backlog + nth).then(() => submits.push(monotonicMs() - at)));
  }
  await Promise.all(sending);
  const until = monotonicMs() + PATIENCE_MS;
  while (handledAt.size < backlog + count) {
    assert(monotonicMs() < until, `each task is handled, and ${handledAt.size - backlog} of ${count} were`);
    await delay(LOOK_EVERY_MS); // Handlers run in this process or another one.
  }
  const latencies = sentAt.map((at, nth) => (handledAt.get(backlog + nth) ?? Infinity) - at);
  return { latencies: sorted(latencies), submits: sorted(submits) };
}

const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);

async function inTime<Value>(promise: Promise<Value>, what: () => string): Promise<Value> {
  const timer = setTimeout(() => {
    process.stderr.write(`${what()}\n`);
    process.exit(1);
  }, PATIENCE_MS);
  const value = await promise;
  clearTimeout(timer);
  return value;
}
