import { formatShare } from '@sluice/core/kernel/share.ts';
import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import type { DemoOutcome } from './demo-outcome.ts';

/** The state of a track in one line; equal lines need not be printed twice. */
export function progressLine(track: TrackView): string {
  const { active, explanation } = track;
  const parts = [explanation.doing, ...(active ? [evidenceWords(active)] : [])];
  const waits = explanation.waitingFor === null ? [] : [`waits for ${explanation.waitingFor}`];
  return [...parts, ...waits].filter((part) => part !== '').join(' | ');
}

function evidenceWords({ evidence }: RolloutView): string {
  if (!evidence || evidence.candidate.requests === 0) return '';
  const { candidate, stable, oddsAgainst } = evidence;
  return `candidate ${candidate.errors} of ${candidate.requests} failed, stable ${stable.errors} of ${stable.requests}; odds ${oddsWords(oddsAgainst)} against it`;
}

const oddsWords = (odds: number): string =>
  odds >= 1 ? `${Math.round(odds)} : 1` : `1 : ${Math.round(1 / Math.max(odds, 1e-9))}`;

/** The summary at the end. */
export function summaryLines(outcome: DemoOutcome, reasons: ReadonlyMap<string, string>): readonly string[] {
  const rows = outcome.rollouts.map(
    (rollout) =>
      `${rollout.version}  ${rollout.outcome.padEnd(11)}  ${`${rollout.durationSeconds} s`.padStart(7)}  ${`${rollout.candidateRequests}`.padStart(6)} requests  ${`${rollout.candidateFailures}`.padStart(4)} failed  ${reasons.get(rollout.version) ?? ''}`,
  );
  return [
    ...rows,
    `${outcome.requests} requests in all; ${outcome.rollouts.reduce((sum, { requestsHarmed }) => sum + requestsHarmed, 0)} were failed by a release that was taken back, ${outcome.failedOutsideCandidate} by anything else.`,
  ];
}

/** How a rollout ended, for the summary. */
export const endWords = (rollout: RolloutView): string =>
  rollout.reason === null
    ? ''
    : `(${formatShare(rollout.candidateShareBasisPoints)} ${rollout.reason.detail})`.replace('(0% ', '(');
