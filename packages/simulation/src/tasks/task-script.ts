import type { UnfinishedPolicy } from '@sluice/core/rollout/component-spec.ts';
import type { LimitsSpec } from '@sluice/core/tasks/rate-limits.ts';
import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';

/** What a worker does with a task. */
export type WorkerWay =
  | 'honest'
  /** It says every end twice. */
  | 'twice'
  /** It says that it has done what others have. */
  | 'thief'
  /** It names other attempts than its own before it names the right one. */
  | 'mixes-attempts'
  /** It goes on with what was taken away from it, and says so. */
  | 'deaf'
  /** It lives, and never says anything of some of its tasks. */
  | 'forgetful';

/** A worker process, from when it starts until it leaves. */
export interface WorkerScript {
  readonly name: string;
  readonly version: string;
  readonly atMs: number;
  /** When it is asked to finish and leave; null for never. */
  readonly leavesAtMs: number | null;
  readonly concurrency: number;
  /** What it can do, and its labels. */
  readonly abilities: readonly string[];
  /** How long a task takes, in ms: twice as long at most, by chance. */
  readonly workMs: number;
  /** The part of its attempts that fail, 0 to 1, and as what. */
  readonly failureRate: number;
  readonly failsAs: FailureClass;
  readonly way: WorkerWay;
}

/** Which labels of workers tasks ask for. */
export interface LabelWishes {
  readonly require: readonly string[];
  readonly prefer: readonly string[];
  readonly avoid: readonly string[];
}

/** Some tasks of one customer. */
export interface SubmitScript {
  readonly kind: 'submit';
  readonly atMs: number;
  readonly count: number;
  readonly session: string | null;
  readonly fairnessKey: string | null;
  readonly priority: number;
  readonly abilities: readonly string[];
  readonly wishes: LabelWishes;
  /** Whether each is to be apart from a task that was taken before. */
  readonly isApart: boolean;
  /** In ms after the submit; null for none. */
  readonly delayMs: number | null;
  readonly deadlineMs: number | null;
  /** Whether whoever asks names them, so that asking again is harmless. */
  readonly isNamed: boolean;
}

/** A new split of tasks: what each version gets, in basis points. */
export interface SplitScript {
  readonly kind: 'split';
  readonly atMs: number;
  readonly salt: string;
  readonly weights: readonly VersionWeight[];
  /** Who gets copies, and of which part of the tasks; null for nobody. */
  readonly mirror: VersionWeight | null;
  /** The version that is taken back by it; null when none is. */
  readonly takesBack: string | null;
}

/** A version's part of the tasks, in basis points. */
export interface VersionWeight {
  readonly version: string;
  readonly basisPoints: number;
}

/** Something that somebody does, at a moment in ms after the beginning. */
export type TaskAct =
  | SubmitScript
  | SplitScript
  /** Some tasks that have not ended, taken by chance, are cancelled. */
  | { readonly kind: 'cancel'; readonly atMs: number; readonly count: number }
  | { readonly kind: 'retry-dead'; readonly atMs: number; readonly limit: number };

interface Spell {
  readonly atMs: number;
  readonly forMs: number;
}

/** Something that goes wrong, from a moment on and for a time, in ms after the beginning. */
export type TaskFault = Spell &
  (
    | {
        /** A server dies with its next statement, before that is written or after, and is started again later. */
        readonly kind: 'server-dies';
        readonly server: number;
        readonly moment: 'before' | 'after';
      }
    | { readonly kind: 'server-stands-still'; readonly server: number }
    | { readonly kind: 'database-down' | 'answers-lost' | 'database-slow' | 'conflicts' | 'bells-lost' }
    | {
        /** A worker process dies, and another one of another name takes its place later. */
        readonly kind: 'worker-dies';
        readonly worker: number;
      }
    /** It neither hears nor says anything, and then goes on as if nothing had been. */
    | { readonly kind: 'worker-hangs'; readonly worker: number }
    /** Its connection breaks at once, and words on their way are lost. */
    | { readonly kind: 'connection-breaks'; readonly worker: number }
  );

/** A whole story before it is told. */
export interface TaskScript {
  readonly seed: number;
  readonly servers: number;
  /** How far the clocks of servers are from that of the database at most, in ms. */
  readonly skewMs: number;
  /** What becomes of tasks that a revision works on when it gets no more. */
  readonly unfinished: UnfinishedPolicy;
  /** How long they stay there where they are pinned, in ms. */
  readonly pinMs: number;
  /** What each version says of limits; nothing of those that are not named. */
  readonly limits: Readonly<Record<string, LimitsSpec>>;
  /** How many tasks that have ended are done again by whoever gets copies. */
  readonly replay: number;
  /** How long an attempt may take, in ms; null for as long as it takes. */
  readonly attemptMs: number | null;
  /** Most tasks that may be open. */
  readonly mostOpen: number;
  readonly workers: readonly WorkerScript[];
  readonly acts: readonly TaskAct[];
  readonly faults: readonly TaskFault[];
}

/** When the last act is done and the last fault is over, in ms after the beginning. */
export const restAfterMs = ({ acts, faults, workers }: TaskScript): number =>
  Math.max(
    0,
    ...acts.map(({ atMs }) => atMs),
    ...faults.map(({ atMs, forMs }) => atMs + forMs),
    ...workers.map(({ atMs, leavesAtMs }) => Math.max(atMs, leavesAtMs ?? 0)),
  );
