import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** Where a queue keeps its tasks; everything in it is new. */
export interface QueuePlace {
  /** An empty database of the embedded PostgreSQL. */
  readonly databaseUrl: string;
  /** An empty Redis that writes every command to disk before it answers; 0 where there is none. */
  readonly durableRedisPort: number;
  /** An empty Redis that writes to disk once a second; 0 where there is none. */
  readonly redisPort: number;
  readonly directory: string;
}

/** How tasks differ; what a queue has no word for it leaves out. */
export interface TaskMix {
  readonly tenants: number;
  readonly fairnessKeys: number;
  readonly priorities: number;
  /** Tasks of one session in a row of so many; 0 for none. */
  readonly sessions: number;
}

/** A handler has begun to work on a task, at a moment of `monotonicMs`. */
export type Handled = (number: number, atMs: number) => void;

/** One of the queues that are compared, ready to be used. */
export interface QueueUnderTest {
  /** Takes in `count` tasks from the number `first` on, as many at once as it likes; resolves when all are stored. */
  fill(first: number, count: number): Promise<void>;
  /** Takes in one task; resolves when it is stored. */
  submit(number: number): Promise<void>;
  /** Starts so many workers, whose handlers do nothing. */
  work(workers: number, handled: Handled): Promise<void>;
  /** Tasks that have not ended, as the store says. */
  unfinished(): Promise<number>;
  close(): Promise<void>;
}

/** Opens a queue of a kind. */
export type OpenQueue = (place: QueuePlace, mix: TaskMix) => Promise<QueueUnderTest>;

/** Most tasks of one request, and how many requests are under way while a queue is filled. */
export const FILLING = { batch: 1_000, atOnce: 2 } as const;

/** Milliseconds of a clock that all processes of this machine share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Calls `take` for parts of `count` tasks, some at once. */
export async function inBatches(
  first: number,
  count: number,
  take: (from: number, many: number) => Promise<unknown>,
  { batch, atOnce }: { readonly batch: number; readonly atOnce: number } = FILLING,
): Promise<void> {
  let next = first;
  const end = first + count;
  const run = async (): Promise<void> => {
    for (let from = next; from < end; from = next) {
      next += batch;
      await take(from, Math.min(batch, end - from));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, run));
}

/** The numbers of a part, in order. */
export const numbersFrom = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index);

/** The number that a task carries; a task that was not ours would spoil every figure. */
export function numberIn(payload: unknown): number {
  const { number } = payload as { readonly number?: unknown };
  if (typeof number === 'number') return number;
  throw new SluiceError('unexpected', `a task carries ${JSON.stringify(payload)}`, { next: 'stop' });
}
