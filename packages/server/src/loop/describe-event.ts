import type { Vote } from '@sluice/core/gates/approval-rule.ts';
import { gateWords } from '@sluice/core/gates/gate.ts';
import { formatShare } from '@sluice/core/kernel/share.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Split } from '@sluice/core/traffic/split.ts';

/** A past fact in words, for histories, reports and the ledger. */
export function describeEvent(event: TrackEvent): string {
  switch (event.kind) {
    case 'rolloutRequested':
      return `${event.by} asked for ${event.revision.version} (${event.lane === 'normal' ? event.plan.strategy : event.lane})`;
    case 'queuedRolloutDropped':
      return `dropped from the queue: ${event.reason.detail}`;
    case 'capacityOrdered':
      return event.order.retiring
        ? `${event.revision} is to be retired`
        : `${event.revision} is to have ${event.order.instances} instance${event.order.instances === 1 ? '' : 's'}`;
    case 'revisionRetired':
      return `${event.revision} is gone`;
    case 'revisionRetained':
      return `${event.retained.revision} is kept until ${new Date(event.retained.until).toISOString()}`;
    case 'retentionEnded':
      return `${event.revision} is not kept any longer`;
    case 'splitOrdered':
      return `split ordered: ${describeSplit(event.split)}`;
    case 'splitConfirmed':
      return 'the router confirmed the split';
    case 'splitLost':
      return 'the router has another split than was ordered';
    case 'voteGiven':
      return describeVote(event.vote);
    case 'glassBroken':
      return `${event.by} broke the glass: it passes every gate, because ${event.reason}`;
    default:
      return describeRolloutEvent(event);
  }
}

type RolloutFact = Exclude<
  TrackEvent,
  {
    kind:
      | 'rolloutRequested'
      | 'queuedRolloutDropped'
      | 'capacityOrdered'
      | 'revisionRetired'
      | 'revisionRetained'
      | 'retentionEnded'
      | 'splitOrdered'
      | 'splitConfirmed'
      | 'splitLost'
      | 'voteGiven'
      | 'glassBroken';
  }
>;

function describeRolloutEvent(event: RolloutFact): string {
  switch (event.kind) {
    case 'rolloutPlanned':
      return 'its turn has come';
    case 'gatesClosed':
      return `waits for ${event.gates.map(gateWords).join('; ')}`;
    case 'gatesOpened':
      return 'nothing holds it any more';
    case 'rolloutStarted':
      return event.stable === null ? 'started; there is no stable revision to compare with' : 'started';
    case 'stepFinished':
      return `step ${event.step + 1} done: ${event.note}`;
    case 'evidenceObserved':
      return `${event.batch.ticks.length} s of evidence`;
    case 'checksOrdered':
      return `checks ordered: ${event.names.join(', ')}`;
    case 'checkFinished':
      return `check ${event.name} ${event.passed ? 'passed' : 'failed'}: ${event.message}`;
    case 'candidateUnhealthy':
      return 'the candidate has too few ready instances';
    case 'candidateHealthy':
      return 'the candidate has enough ready instances again';
    case 'rolloutHeld':
      return `held (${event.reason.kind})${'detail' in event.reason ? `: ${event.reason.detail}` : ''}`;
    case 'holdEnded':
      return `goes on (${event.by})`;
    case 'promotionBegun':
      return `promotion begun (${event.by})`;
    case 'rollbackBegun':
      return `rollback begun (${event.reason.kind}): ${event.reason.detail}`;
    case 'rollbackBlocked':
      return `the rollback cannot go on: ${event.obstacle}`;
    case 'rollbackResumed':
      return `the rollback goes on (${event.by})`;
    case 'rolloutSucceeded':
      return `succeeded: ${event.note}`;
    case 'rolloutRolledBack':
      return 'rolled back';
  }
}

function describeVote({ subject, decision, reason, step }: Vote): string {
  const what = decision === 'approve' ? 'approved' : 'rejected';
  const of = step === null ? 'the release' : `step ${step + 1}`;
  return `${subject} ${what} ${of}${reason === null ? '' : `: ${reason}`}`;
}

/** A split in words: `web-1 75 %, web-2 25 %`. */
function describeSplit(split: Split): string {
  const weights = split.weights.map(({ revision, basisPoints }) => `${revision} ${formatShare(basisPoints)}`);
  const mirror = split.mirror
    ? [`mirror ${formatShare(split.mirror.basisPoints)} to ${split.mirror.revision}`]
    : [];
  const matches =
    split.matches.length > 0
      ? [`${split.matches.length} match${split.matches.length === 1 ? '' : 'es'}`]
      : [];
  return [...weights, ...matches, ...mirror].join(', ') || 'nothing is served';
}
