import { formatMinute } from '../kernel/civil-date.ts';
import type { Instant } from '../kernel/instant.ts';

/** What keeps a rollout from going further, or would: */
export type GateKind =
  /** People have to approve. */
  | 'approval'
  /** Releases go out at certain times. */
  | 'window'
  /** Somebody has said that nothing goes out now. */
  | 'freeze'
  /** The same version has to be stable elsewhere. */
  | 'dependency'
  /** Too many requests fail already. */
  | 'error-budget'
  /** What is in force cannot be read: closed, to be safe. */
  | 'unknown';

/** A condition over a rollout as it is at a moment. */
export interface Gate {
  readonly kind: GateKind;
  /** Tells gates of a kind apart. */
  readonly name: string;
  readonly isOpen: boolean;
  /** What it is, and while it is closed what it waits for: `the freeze "inventory" to end`. */
  readonly words: string;
  /** When it opens by itself; null when that is not known, or it is open. */
  readonly opensAt: Instant | null;
  /** Whether it keeps rollouts from beginning alone, or holds what is under way before each larger share as well. */
  readonly holds: 'starts' | 'everything';
}

/** What is seen of the gates of a track, or why nothing is. */
export type ObservedGates =
  | {
      readonly kind: 'observed';
      readonly gates: readonly Gate[];
      /** Subjects that have lost since what their votes were given with. */
      readonly lapsed?: readonly string[];
    }
  | { readonly kind: 'unreachable'; readonly message: string };

/** A closed gate in words, with the moment at which it opens where that is known. */
export const gateWords = ({ words, opensAt }: Pick<Gate, 'words' | 'opensAt'>): string =>
  opensAt === null ? words : `${words} (${formatMinute(opensAt)})`;
