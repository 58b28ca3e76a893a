import type { Severity, NoticeCommand, NoticeStage } from '@sluice/core/notify/notice.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { HoldReason, RollbackReason } from '@sluice/core/rollout/state.ts';
import { gateWords } from '@sluice/core/gates/gate.ts';

/** What an event is for those who are told of it. */
export interface ToldEvent {
  /** `rollout.held`, by which people subscribe. */
  readonly kind: string;
  readonly severity: Severity;
  readonly stage: NoticeStage;
  /** What became of the version, after its name: `is held`. */
  readonly headline: string;
  /** What happened and why; null where the history's own words do. */
  readonly sentence: string | null;
  readonly next: string | null;
  readonly action: string | null;
  readonly commands: readonly NoticeCommand[];
}

const LOOK = 'Look at it with `sluice explain`.';
const DECIDE = 'Look at it with `sluice explain`, then promote, skip or abort it.';

/** A row of the table: how an event is told. */
function told(
  kind: string,
  severity: Severity,
  stage: NoticeStage,
  words: Partial<Pick<ToldEvent, 'sentence' | 'next' | 'action' | 'commands'>> & {
    readonly headline: string;
  },
): ToldEvent {
  return { kind, severity, stage, sentence: null, next: null, action: null, commands: [], ...words };
}

/** How an event is told: its kind and severity, and what follows from it. Total, also over what newer builds have written. */
export function toldEvent(event: TrackEvent): ToldEvent {
  switch (event.kind) {
    case 'rolloutRequested':
      return told('rollout.requested', 'info', 'queued', { headline: 'was asked for' });
    case 'queuedRolloutDropped':
      return told('rollout.dropped', 'notice', 'rolled-back', { headline: 'was dropped from the queue' });
    case 'rolloutPlanned':
      return told('rollout.planned', 'info', 'queued', { headline: 'has its turn' });
    case 'gatesClosed':
      return told('rollout.waits-for-gates', 'notice', 'held', {
        headline: 'waits',
        sentence: `It waits for ${event.gates.map(gateWords).join('; ')}.`,
        next: 'It goes on by itself as soon as they are open.',
        action: LOOK,
        commands: event.gates.some(({ kind }) => kind === 'approval') ? ['approve', 'reject'] : [],
      });
    case 'gatesOpened':
      return told('rollout.gates-opened', 'info', 'running', { headline: 'waits for no gate any more' });
    case 'voteGiven':
      return event.vote.decision === 'approve'
        ? told('rollout.approved', 'notice', 'running', { headline: 'was approved' })
        : told('rollout.rejected', 'notice', 'running', { headline: 'was rejected' });
    case 'glassBroken':
      return told('rollout.break-glass', 'critical', 'running', {
        headline: 'passes every gate',
        sentence: `${event.by} has let it pass approvals, windows and freezes: ${event.reason}`,
        action: 'Make sure that this is meant; it stands in the ledger.',
      });
    case 'splitLost':
      return told('track.split-lost', 'warning', 'running', {
        headline: 'has another split than was ordered',
        next: 'The split is ordered again.',
        action: 'Find out who else changes the router.',
      });
    default:
      return toldRolloutEvent(event);
  }
}

function toldRolloutEvent(event: TrackEvent): ToldEvent {
  switch (event.kind) {
    case 'rolloutStarted':
      return told('rollout.started', 'notice', 'started', {
        headline: 'has started',
        next: 'It goes through its steps by itself, as long as the judge finds nothing wrong.',
      });
    case 'stepFinished':
      return told('rollout.step-finished', 'info', 'running', { headline: 'has finished a step' });
    case 'checkFinished':
      return event.passed
        ? told('rollout.check-passed', 'info', 'running', { headline: 'has passed a check' })
        : told('rollout.check-failed', 'warning', 'running', { headline: 'has failed a check' });
    case 'candidateUnhealthy':
      return told('rollout.unhealthy', 'warning', 'running', {
        headline: 'is not healthy',
        next: 'It is taken back unless it becomes healthy soon.',
        action: 'Look at `sluice logs`.',
      });
    case 'candidateHealthy':
      return told('rollout.healthy', 'info', 'running', { headline: 'is healthy again' });
    case 'rolloutHeld':
      return toldHold(event.reason);
    case 'holdEnded':
      return told('rollout.resumed', 'info', 'running', { headline: 'goes on' });
    case 'promotionBegun':
      return told('rollout.promoting', 'info', 'promoting', {
        headline: 'is promoted',
        next: 'It gets all of the traffic, and the version before is kept for a while.',
      });
    case 'rollbackBegun':
      return toldRollback(event.reason);
    case 'rollbackBlocked':
      return told('rollout.stuck', 'critical', 'stuck', {
        headline: 'cannot be taken back',
        sentence: `The rollback cannot go on: ${event.obstacle}`,
        next: 'Nothing happens until a person has removed the obstacle.',
        action: 'Remove the obstacle, then let it go on with `sluice resume`.',
      });
    case 'rollbackResumed':
      return told('rollout.rollback-resumed', 'notice', 'rolling-back', { headline: 'is taken back again' });
    case 'rolloutSucceeded':
      return told('rollout.succeeded', 'notice', 'succeeded', { headline: 'is stable now' });
    case 'rolloutRolledBack':
      return told('rollout.rolled-back', 'warning', 'rolled-back', {
        headline: 'was taken back',
        next: 'The version before has all of the traffic.',
        action: 'Find the cause with `sluice explain` and `sluice report`, then release a corrected version.',
      });
    default:
      return told(`track.${kebab(event.kind)}`, 'info', 'running', { headline: 'has news' });
  }
}

function toldHold(reason: HoldReason): ToldEvent {
  if (reason.kind === 'approval')
    return told('rollout.waits-for-approval', 'notice', 'waits-for-approval', {
      headline: 'waits for approval',
      sentence: reason.prompt === '' ? null : `It waits for approval: ${reason.prompt}`,
      next: 'It keeps its present share until somebody decides.',
      action: 'Approve or reject it with `sluice approve` or `sluice reject`.',
      commands: ['approve', 'reject'],
    });
  if (reason.kind === 'paused')
    return told('rollout.paused', 'notice', 'held', {
      headline: 'is paused',
      sentence: `${reason.by} has paused it.`,
      next: 'It keeps its present share.',
      action: 'Let it go on with `sluice resume`.',
    });
  return told('rollout.held', 'warning', 'held', {
    headline: 'is held',
    sentence: 'detail' in reason ? `It is held: ${reason.detail}` : null,
    next: 'It keeps its present share, and goes on by itself when the reason has gone or somebody decides.',
    action: DECIDE,
  });
}

/** What a person wanted is no cause for alarm. */
const WANTED: ReadonlySet<RollbackReason['kind']> = new Set(['aborted', 'superseded', 'not-the-winner']);

function toldRollback(reason: RollbackReason): ToldEvent {
  return told('rollout.rolling-back', WANTED.has(reason.kind) ? 'notice' : 'warning', 'rolling-back', {
    headline: 'is being taken back',
    sentence: reason.detail === '' ? null : `It is being taken back: ${reason.detail}`,
    next: 'All traffic goes back to the version before.',
    action: LOOK,
  });
}

/** `splitConfirmed` as `split-confirmed`. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
