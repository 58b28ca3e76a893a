/**
 * Purpose: gives copies of tasks to a revision that is being tried without anybody noticing, and compares what comes of them.
 *
 * Owns nothing. 1. A copy is made of a task that was taken, or that has ended before; there is one for each revision. 2. Losing
 * a copy loses evidence and nothing else, so that nobody waits for one. 3. A pair is compared once both have ended, by one server.
 */
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { stickyPlace } from '@sluice/core/traffic/choose.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { ComparedPair, RecordedTask } from '../store/tasks/shadow-tasks.ts';
import type { NewTask } from '../store/tasks/submit-tasks.ts';
import type { OutcomeBook } from './outcome-book.ts';
import type { TaskEngine } from './task-engine.ts';

/** What copies are made with. */
export interface ShadowDeskPorts {
  readonly engine: Pick<TaskEngine, 'submit' | 'dealt'>;
  readonly recorded: (
    tenant: string,
    which: { readonly queue: TrackId; readonly limit: number },
  ) => Promise<readonly RecordedTask[]>;
  readonly compare: (limit: number) => Promise<readonly ComparedPair[]>;
  readonly outcomes: Pick<OutcomeBook, 'pair'>;
  readonly now: () => Instant;
  readonly newId: (at: Instant) => string;
  /** Told that something waits in a queue. */
  readonly taken: (tenant: string, queue: TrackId) => void;
}

/** Tasks that were taken, with the split that they were dealt by. */
export interface TakenTasks {
  readonly queue: TrackId;
  readonly generation: number;
  readonly split: Split;
  readonly tasks: readonly NewTask[];
}

/** Makes copies, and compares. */
export interface ShadowDesk {
  /** Copies the part of new tasks that the split's mirror asks for. */
  copy(tenant: string, taken: TakenTasks): Promise<void>;
  /** Lets the last tasks that have ended, at most so many, be done again by whoever the split in force mirrors to. */
  replay(tenant: string, queue: TrackId, count: number): Promise<void>;
  /** Counts pairs that can be compared now; gives how many. */
  compareAll(limit: number): Promise<number>;
}

/** Tasks of one statement. */
const BATCH = 500;

/** Starts with nothing. */
export function shadowDesk(ports: ShadowDeskPorts): ShadowDesk {
  const hand = async (tenant: string, { queue, generation, tasks }: Omit<TakenTasks, 'split'>) => {
    if (tasks.length === 0) return;
    await ports.engine.submit(tenant, { queue, generation, tasks });
    ports.taken(tenant, queue);
  };
  return {
    copy: async (tenant, { queue, generation, split, tasks }) => {
      const { mirror } = split;
      if (mirror === null) return;
      const chosen = tasks.filter(
        ({ id, session }) => stickyPlace(session ?? id, `${split.salt}:copies`) < mirror.basisPoints,
      );
      const copies = chosen.map((task) => copyOf(ports, task, mirror.revision));
      await hand(tenant, { queue, generation, tasks: copies });
    },
    replay: async (tenant, queue, count) => {
      const dealt = await ports.engine.dealt(tenant, queue);
      const mirror = (dealt?.split as Split | undefined)?.mirror;
      if (dealt === null || !mirror) return;
      const recorded = await ports.recorded(tenant, { queue, limit: count });
      const copies = recorded.map((task) => copyOf(ports, { ...AS_RECORDED, ...task }, mirror.revision));
      for (let from = 0; from < copies.length; from += BATCH)
        await hand(tenant, {
          ...{ queue, generation: dealt.generation },
          tasks: copies.slice(from, from + BATCH),
        });
    },
    compareAll: async (limit) => {
      const pairs = await ports.compare(limit);
      for (const pair of pairs) ports.outcomes.pair({ ...pair, at: ports.now() });
      return pairs.length;
    },
  };
}

/** It was of use when it came in, and begins at once now. */
const AS_RECORDED = { weight: 1, dueAt: null, deadlineAt: null };

type Copied = Omit<NewTask, 'revision' | 'idempotencyKey' | 'shadowOf' | 'apartFrom'>;

const copyOf = ({ now, newId }: ShadowDeskPorts, task: Copied, revision: RevisionId): NewTask => ({
  ...task,
  ...{ id: newId(now()), revision, shadowOf: task.id, idempotencyKey: null },
});
