import type { RollbackReason } from '@sluice/core/rollout/state.ts';
import type { Fault } from '../script/script.ts';
import type { Ended } from './ended.ts';

/** Faults that keep evidence from the judge, or bend it. */
const ON_EVIDENCE: readonly Fault['kind'][] = [
  'metrics-down',
  'metrics-late',
  'metrics-vanish',
  'metrics-flatter',
  'metrics-slander',
  'no-traffic',
  'host-down',
  'router-reset',
  'instance-crash',
  'instances-unready',
];
/** Faults that keep orders from being carried out in time. */
const ON_PROGRESS: readonly Fault['kind'][] = [
  'replica-crash',
  'replica-stall',
  'host-down',
  'orders-lost',
  'orders-late',
  'orders-doubled',
  'slow-router',
  'instance-crash',
  'instances-unready',
  'router-reset',
];
/** Requests to the candidate that suffice to find out about what is bad in a story. */
const ENOUGH_REQUESTS = 120;
/** As many suffice to find that it is slow where stable was a stranger: what is not known of it counts as doubt. */
const ENOUGH_BESIDE_STRANGER = 600;
/** Failures in fewer ticks than this may be one burst. */
const BURST_TICKS = 3;
/** A stable revision that was seen for less than this is a stranger, in ticks. */
const KNOWN_TICKS = 30;

/** Why an end is wrong, or null when it is right or explained. */
export function unexplained(ended: Ended): string | null {
  return ended.rollout.phase.name === 'succeeded' ? wronglyPromoted(ended) : wronglyTakenBack(ended);
}

/** Whether a release was as good as stable, was judged, and had nothing to mislead the judge. */
export function isUndisturbedGood({ rollout, quality, stableQuality, faults }: Ended): boolean {
  const isJudged = (rollout.evidence?.candidate.requests ?? 0) > 0;
  return isJudged && quality.kind === 'good' && stableQuality?.kind === 'good' && !has(faults, ON_EVIDENCE);
}

/** Whether the judge took such a release back. One in a hundred may be: who runs many stories counts them. */
export function isFalseAlarm(ended: Ended): boolean {
  const { phase } = ended.rollout;
  return phase.name === 'rolled-back' && phase.reason.kind === 'judge' && isUndisturbedGood(ended);
}

function wronglyPromoted({ rollout, quality, stableQuality, byPerson, faults }: Ended): string | null {
  if (!rollout.plan.promotes || rollout.candidate === rollout.stable) return null;
  if (quality.kind === 'never-ready' || quality.kind === 'crash-looping')
    return `${rollout.version} never ran (${quality.kind}) and became stable`;
  const isLeft = byPerson.some((kind) => kind === 'stepFinished' || kind === 'promotionBegun');
  if (quality.kind === 'failing-check')
    return isLeft || !hasChecks(rollout) ? null : `${rollout.version} fails its check and became stable`;
  if (quality.kind === 'slow' && !isCompared(rollout)) return null;
  if (quality.kind === 'slow' && !isLatencyKnown(rollout)) return null;
  if (quality.kind === 'failing' && !isMoreThanOneBurst(rollout)) return null;
  // As bad as what it replaces is no reason to take it back.
  if (stableQuality !== null && stableQuality.kind !== 'good') return null;
  if (quality.kind === 'good' || isLeft || !isJudged(rollout) || has(faults, ON_EVIDENCE)) return null;
  return `${rollout.version} is ${quality.kind} and became stable`;
}

const hasChecks = ({ plan }: Ended['rollout']): boolean => plan.steps.some(({ kind }) => kind === 'verify');

/** Whether the plan gives the judge requests enough, and the policy lets it act. */
function isJudged({ plan, evidence }: Ended['rollout']): boolean {
  const watches = plan.steps.some(({ kind }) => kind === 'judge' || kind === 'settle');
  return (
    watches && plan.analysis.on.fail === 'rollback' && (evidence?.candidate.requests ?? 0) >= ENOUGH_REQUESTS
  );
}

/** Slowness is only seen beside a stable side that has requests at the same time: not after a switch. */
const isCompared = ({ plan }: Ended['rollout']): boolean => plan.steps.some(({ kind }) => kind === 'judge');

/** Whether slowness must show: stable was seen well enough before, or the candidate often enough beside it. */
function isLatencyKnown({ evidence }: Ended['rollout']): boolean {
  if (evidence === null) return false;
  const [first] = evidence.judge.baseline.latencySpreads;
  const isStranger = first === undefined || first.ticks < KNOWN_TICKS;
  return evidence.candidate.requests >= (isStranger ? ENOUGH_BESIDE_STRANGER : ENOUGH_REQUESTS);
}

/** Whether failures must show: where nobody knows how stable's come, one burst of them is no proof. */
function isMoreThanOneBurst({ evidence }: Ended['rollout']): boolean {
  if (evidence === null) return false;
  const { baseline, errorTicks } = evidence.judge;
  return baseline.dispersion !== null || errorTicks >= BURST_TICKS;
}

function wronglyTakenBack(ended: Ended): string | null {
  const { rollout, quality } = ended;
  if (rollout.phase.name !== 'rolled-back') return null;
  const { reason } = rollout.phase;
  if (quality.kind !== 'good' || isExplained(reason, ended)) return null;
  return `${rollout.version} is good and was taken back (${reason.kind}): ${reason.detail}`;
}

function isExplained({ kind }: RollbackReason, { rollout, byPerson, faults }: Ended): boolean {
  switch (kind) {
    case 'aborted':
    case 'superseded':
    case 'rejected':
      return byPerson.includes('rollbackBegun');
    case 'judge':
      // One in a hundred good releases may be taken back; the runner counts them.
      return true;
    case 'limit':
      return has(faults, ['metrics-slander', 'instance-crash', 'instances-unready', 'host-down']);
    case 'health':
      return has(faults, [
        'instance-crash',
        'instances-unready',
        'orders-late',
        'orders-doubled',
        'host-down',
      ]);
    case 'crash-loop':
      return false;
    case 'check':
      return false;
    case 'deadline':
      return has(faults, ON_PROGRESS) || byPerson.includes('stepFinished');
    case 'verdict-policy':
      return has(faults, ON_EVIDENCE) || hasRollbackPolicy(rollout);
    case 'not-the-winner':
      return rollout.plan.kind === 'ab';
  }
}

const hasRollbackPolicy = ({ plan: { analysis } }: Ended['rollout']): boolean =>
  analysis.on.atLimit === 'rollback' || Object.values(analysis.on).includes('rollback');

const has = (faults: readonly Fault[], kinds: readonly Fault['kind'][]): boolean =>
  faults.some(({ kind }) => kinds.includes(kind));
