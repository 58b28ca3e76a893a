import { refuse } from '../kernel/result.ts';

/** A worker with an attempt that it works on, or worked on: the fence of everything that it says. */
export interface AttemptHolder {
  /** Of the task. */
  readonly id: string;
  readonly attempt: number;
  readonly worker: string;
}

/** Refuses a worker that has no lease of an attempt any more. */
export const leaseLost = ({ id, attempt }: AttemptHolder) =>
  refuse(
    'lease-lost',
    `The worker does not have attempt ${attempt} at the task ${id} any more.`,
    'Stop working on it; somebody else has it, or it has ended.',
  );
