import { formatShare } from '@sluice/core/kernel/share.ts';
import type { EvidenceView, RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { evidenceWords } from './evidence-lines.ts';
import { endWords } from './rollout-words.ts';
import type { Style } from './style.ts';
import { harmless } from './text-width.ts';

/**
 * What happened between two looks at a track, one plain line each, for logs and pipes; nothing when nothing changed.
 *
 * @param before undefined at the first look
 */
export function trackChanges(
  before: TrackView | undefined,
  track: TrackView,
  style: Style,
): readonly string[] {
  const lines = [
    ...endedLines(before, track),
    ...(track.active
      ? activeLines(before?.active ?? null, track.active, track, style)
      : idleLines(before, track)),
  ];
  return lines.map((line) => `${track.id}: ${harmless(line)}`);
}

function endedLines(before: TrackView | undefined, { last }: TrackView): readonly string[] {
  const hasEnded = last !== null && before !== undefined && before.last?.id !== last.id;
  return hasEnded ? [endWords(last)] : [];
}

function idleLines(before: TrackView | undefined, track: TrackView): readonly string[] {
  // What is queued begins at the next look; until then the track only looks idle.
  if (track.queued.length > 0) return [];
  const isNews =
    before === undefined || before.active !== null || before.stable?.revision !== track.stable?.revision;
  return isNews ? [track.explanation.doing] : [];
}

function activeLines(
  before: RolloutView | null,
  active: RolloutView,
  track: TrackView,
  style: Style,
): readonly string[] {
  const earlier = before?.id === active.id ? before : null;
  const lines: string[] = [];
  if (!earlier) lines.push(beginning(active));
  if (!earlier || placeOf(earlier) !== placeOf(active)) lines.push(track.explanation.doing);
  if (active.reason && earlier?.reason?.detail !== active.reason.detail) {
    lines.push(`${active.phase.replace('-', ' ')} (${active.reason.kind}): ${active.reason.detail}`);
  }
  const { evidence } = active;
  if (evidence && isNewEvidence(earlier?.evidence ?? null, evidence))
    lines.push(`evidence ${evidenceWords(evidence, style)}`);
  return lines;
}

/** Told at the first requests of the candidate, and when the verdict changes. */
const isNewEvidence = (before: EvidenceView | null, now: EvidenceView): boolean =>
  now.candidate.requests > 0 &&
  (before === null || before.candidate.requests === 0 || before.verdict !== now.verdict);

const placeOf = ({ phase, step, candidateShareBasisPoints }: RolloutView): string =>
  `${phase} ${step} ${candidateShareBasisPoints}`;

function beginning({ version, plan, requestedBy, id, stable }: RolloutView): string {
  const shares = [...new Set(plan.steps.map((step) => step.candidateShareBasisPoints))].filter(
    (share) => share > 0,
  );
  const path = shares.map(formatShare).join(', ');
  const after = stable === null ? ', the first release' : '';
  return `${version} by ${requestedBy} (${id}), ${plan.kind} in ${plan.steps.length} steps${path ? ` over ${path}` : ''}${after}`;
}
