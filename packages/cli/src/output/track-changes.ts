import { formatShare } from '@sluice/core/kernel/share.ts';
import type { EvidenceView, RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { evidenceWords } from './evidence-lines.ts';
import { endWords } from './rollout-words.ts';
import type { Style } from './style.ts';
import { harmless } from './text-width.ts';

/** What somebody who reads along has been told, so that nothing is told twice; it grows by what is told. */
export interface Told {
  /** What rollouts waited for, by rollout and step. */
  readonly waits: Set<string>;
  /** Why rollouts were taken back, by rollout. */
  readonly reasons: Set<string>;
  /** The rollouts whose end was told. */
  readonly ends: Set<string>;
}

/** At the first look. */
export const nothingTold = (): Told => ({ waits: new Set(), reasons: new Set(), ends: new Set() });

/** Whether the reason of a rollout stands in a line that was told. */
export const isReasonTold = ({ reasons }: Told, { id, reason }: RolloutView): boolean =>
  reason !== null && reasons.has(`${id} ${reason.detail}`);

/** How looks are told. */
export interface TellingOptions {
  readonly style: Style;
  readonly told: Told;
  /** The ends of rollouts are told by somebody else. */
  readonly withoutEnds?: boolean;
}

/**
 * What happened between two looks at a track, one plain line each, for logs and pipes; nothing when nothing changed.
 *
 * @param before undefined at the first look
 */
export function trackChanges(
  before: TrackView | undefined,
  track: TrackView,
  options: TellingOptions,
): readonly string[] {
  const lines = [
    ...endedLines(before, track, options),
    ...(track.active
      ? activeLines(before?.active ?? null, track.active, track, options)
      : idleLines(before, track)),
  ];
  return lines.map((line) => `${track.id}: ${harmless(line)}`);
}

function endedLines(
  before: TrackView | undefined,
  { last }: TrackView,
  { told, withoutEnds = false }: TellingOptions,
): readonly string[] {
  const hasEnded = last !== null && before !== undefined && before.last?.id !== last.id;
  if (!hasEnded || withoutEnds) return [];
  told.ends.add(last.id);
  return [endWords(last, null, isReasonTold(told, last))];
}

function idleLines(before: TrackView | undefined, track: TrackView): readonly string[] {
  // What is queued begins at the next look; until then the track only looks idle.
  if (track.queued.length > 0) return [];
  const isNews =
    before === undefined || before.active !== null || before.stable?.revision !== track.stable?.revision;
  const known = before === undefined || before.active !== null ? [] : troubles(before).map(withoutSpans);
  return [
    ...(isNews ? [track.explanation.doing] : []),
    ...troubles(track).filter((line) => !known.includes(withoutSpans(line))),
  ];
}

/** What a track that rests lacks or waits for. */
const troubles = ({ explanation, revisions }: TrackView): readonly string[] => [
  ...revisions.flatMap(({ version, reason }) =>
    reason === null ? [] : [`trouble with ${version}: ${reason}`],
  ),
  ...(explanation.waitingFor === null ? [] : [`waits for ${explanation.waitingFor}`]),
];

function activeLines(
  before: RolloutView | null,
  active: RolloutView,
  track: TrackView,
  { style, told }: TellingOptions,
): readonly string[] {
  const earlier = before?.id === active.id ? before : null;
  const lines: string[] = [];
  if (!earlier) lines.push(beginning(active));
  if (!earlier || placeOf(earlier) !== placeOf(active)) lines.push(track.explanation.doing);
  lines.push(...reasonLines(earlier, active, lines), ...waitLines(active, track, told));
  if (active.reason && ENDING.has(active.phase)) told.reasons.add(`${active.id} ${active.reason.detail}`);
  const { evidence } = active;
  if (evidence && isNewEvidence(earlier?.evidence ?? null, evidence))
    lines.push(`evidence ${evidenceWords(evidence, style)}`);
  return lines;
}

/** Phases whose reason is that of the end. */
const ENDING: ReadonlySet<RolloutView['phase']> = new Set(['rolling-back', 'stuck']);

/** Where the line before says the reason already, nothing is added. */
function reasonLines(
  earlier: RolloutView | null,
  { phase, reason }: RolloutView,
  lines: readonly string[],
): readonly string[] {
  if (!reason || earlier?.reason?.detail === reason.detail) return [];
  if (lines.some((line) => line.includes(reason.detail))) return [];
  return [`${phase.replace('-', ' ')} (${reason.kind}): ${reason.detail}`];
}

/** Told when it is something else than at any look at this step before; time that passes is nothing else. */
function waitLines(
  { id, step, phase }: RolloutView,
  { explanation: { waitingFor } }: TrackView,
  { waits }: Told,
): readonly string[] {
  if (waitingFor === null) return [];
  const key = `${id} ${phase} ${step} ${withoutSpans(waitingFor)}`;
  if (waits.has(key)) return [];
  waits.add(key);
  return [`waits for ${waitingFor}`];
}

/** A text without its spans of time and the numbers that only count on. */
const withoutSpans = (text: string): string =>
  text
    .replaceAll(/(?:\d[\d.,]* ?(?:ms|s|min|m|h|d|days?)\b ?)+/g, '# ')
    .replaceAll(/\d[\d.,]*(?: \w+)? (more requests|restarts)\b/g, '# $1');

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
