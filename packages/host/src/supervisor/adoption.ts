import type { ProcessRecord } from '../disk/track-record.ts';
import type { MarkedProcess } from './process-mark.ts';

/** What became of a process while no host was watching. */
export type Adoption =
  | { readonly kind: 'running'; readonly pid: number; readonly startTicks: number }
  /** It was started and runs no more. */
  | { readonly kind: 'lost' }
  /** None was running: never started, stopped in order, or the machine was started anew since. */
  | { readonly kind: 'none' };

/** What is seen of the machine when a host starts. */
export interface Sighting {
  readonly bootId: string;
  readonly marked: readonly MarkedProcess[];
  readonly isRunning: (process: { pid: number; startTicks: number }) => boolean;
}

/**
 * Finds the process of a record. The pid with its start time is enough within one boot; it holds even for programs
 * that overwrite their environment to show a title. The mark finds those whose pid was not recorded any more.
 */
export function adoptionOf(record: ProcessRecord | null, mark: string, sighting: Sighting): Adoption {
  if (record === null || record.bootId !== sighting.bootId) return { kind: 'none' };
  const { pid, startTicks } = record;
  if (pid !== null && startTicks !== null) {
    const running = sighting.isRunning({ pid, startTicks });
    return running ? { kind: 'running', pid, startTicks } : { kind: 'lost' };
  }
  const leader = sighting.marked.find((carrier) => carrier.mark === mark && carrier.pid === carrier.group);
  return leader ? { kind: 'running', pid: leader.pid, startTicks: leader.startTicks } : { kind: 'none' };
}
