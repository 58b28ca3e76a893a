import type { TrackEvent } from '@sluice/core/rollout/events.ts';

/** What evidence said when it stopped a rollout. */
export type StoppingVerdict =
  | 'fail'
  | 'no-data'
  | 'provider-error'
  | 'inconclusive'
  | 'suspicious'
  | 'not-the-winner'
  | 'policy';

/**
 * The verdict that an event follows, when it holds a rollout or takes it back. `policy` took back what was held without
 * a verdict. Undefined for everything else: what a person ordered, checks, health, deadlines.
 */
export function verdictOf(event: TrackEvent): StoppingVerdict | undefined {
  if (event.kind === 'rollbackBegun') return verdictOfRollback(event.reason.kind);
  return event.kind === 'rolloutHeld' ? verdictOfHold(event.reason.kind) : undefined;
}

function verdictOfRollback(
  reason: Extract<TrackEvent, { kind: 'rollbackBegun' }>['reason']['kind'],
): StoppingVerdict | undefined {
  if (reason === 'judge' || reason === 'limit') return 'fail';
  if (reason === 'verdict-policy') return 'policy';
  return reason === 'not-the-winner' ? reason : undefined;
}

function verdictOfHold(
  reason: Extract<TrackEvent, { kind: 'rolloutHeld' }>['reason']['kind'],
): StoppingVerdict | undefined {
  if (reason === 'failing') return 'fail';
  return reason === 'paused' || reason === 'approval' || reason === 'winner' || reason === 'gate'
    ? undefined
    : reason;
}
