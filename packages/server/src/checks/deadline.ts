import { formatDuration } from '@sluice/core/kernel/duration.ts';

/** A limit of time on top of somebody's right to call the whole thing off. */
export interface Deadline {
  /** Aborts at the limit, or when it is called off. */
  readonly signal: AbortSignal;
  /** Why the signal has aborted, in words; undefined while it has not. */
  reason(): string | undefined;
}

/** Starts a limit of `timeoutMs` milliseconds. */
export function deadline(timeoutMs: number, calledOff: AbortSignal): Deadline {
  const late = AbortSignal.timeout(timeoutMs);
  return {
    signal: AbortSignal.any([calledOff, late]),
    reason: () => {
      if (calledOff.aborted) return 'it was called off';
      return late.aborted ? `no answer within ${formatDuration(timeoutMs)}` : undefined;
    },
  };
}
