import type { JsonValue } from '../kernel/json.ts';

/** What becomes of moments that have passed while nobody could act on them. */
export type MissedPolicy =
  /** They are left out. */
  | 'skip'
  /** The last of them happens, late. */
  | 'once'
  /** All of them happen, late, the last hundred at most. */
  | 'all';

/** What becomes of a moment that comes while the task of the one before has not ended. */
export type OverlapPolicy =
  /** It happens. */
  | 'allow'
  /** It is left out. */
  | 'skip'
  /** It happens when that task has ended; of several that wait, the last one. */
  | 'queue';

/** Tasks that come by the clock. */
export interface ScheduleSpec {
  /** Unique among the schedules of its component. */
  readonly name: string;
  /** A cron expression of five fields. */
  readonly cron: string;
  /** The clock that it goes by, a name of the IANA time zone database. */
  readonly timeZone: string;
  readonly missed: MissedPolicy;
  readonly overlap: OverlapPolicy;
  readonly input: JsonValue;
  /** 0 to 9. */
  readonly priority: number;
  readonly fairnessKey: string | null;
  readonly session: string | null;
  readonly abilities: readonly string[];
  /** How long after its moment the task is of no use any more, in ms; null for never. */
  readonly withinMs: number | null;
}
