import { formatDuration } from '../kernel/duration.ts';
import { SPREAD_MIN_TICKS, dispersionOf } from './event-spread.ts';
import { type JudgeState, judgePlan } from './judge-state.ts';
import type { Judgement } from './judgement.ts';
import { metricWords, unitOf } from './metric-words.ts';

/** A judgement before it is put in words. */
export type JudgementFigures = Omit<Judgement, 'sentences'>;

/** Says in sentences what was found, on what evidence, what is ruled out and how much is missing (judge.md 5.5). */
export function explainJudgement(figures: JudgementFigures, state: JudgeState): readonly string[] {
  return [
    verdictSentence(figures, state),
    countsSentence(figures),
    ratioSentence(figures, state),
    excludedSentence(figures, state),
    needSentence(figures, state),
    warmUpSentence(figures),
    shareSentence(figures, state),
    errorClumpsSentence(state),
    latencySentence(state),
  ].filter((sentence) => sentence !== null);
}

function verdictSentence(figures: JudgementFigures, state: JudgeState): string {
  switch (figures.verdict) {
    case 'fail':
      return `${worseThan(figures, state)}: odds ${formatOdds(1 / figures.pValue)} against "no worse".`;
    case 'pass':
      return `Good enough: odds ${formatOdds(figures.passOdds)} ${passClaim(state)}.`;
    case 'provider-error':
      return `The metrics provider failed, so nothing is concluded: ${state.providerError ?? 'no reason given'}.`;
    case 'no-data':
      return `No ${unitOf(state.spec.custom)} of the candidate are seen, so nothing is concluded.`;
    case 'inconclusive':
      return inconclusiveSentence(figures, state);
  }
}

/** Before anything was compared with stable, only the promised rate can have been exceeded. */
function worseThan(figures: JudgementFigures, { spec, baseline }: JudgeState): string {
  if (hasOnlyWarmUp(figures) && figures.attribution === 'errors') {
    const { sloLimit } = judgePlan(spec, baseline);
    return sloLimit === spec.sloErrorRate
      ? `Worse than the promised error rate of ${formatPercent(sloLimit)}`
      : `Worse than stable's error rate of ${formatPercent(sloLimit)}`;
  }
  return `Worse than ${figures.byGuards ? 'stable was before' : 'stable'}${because(figures)}`;
}

/** Whether all that is known of the candidate comes from its warm-up. */
const hasOnlyWarmUp = ({ counts }: JudgementFigures): boolean =>
  counts.candidate.trials === 0 && counts.warmUp.trials > 0;

const because = ({ attribution }: JudgementFigures): string =>
  attribution === null ? '' : ` in ${metricWords(attribution)}`;

function inconclusiveSentence(figures: JudgementFigures, state: JudgeState): string {
  if (figures.held) {
    return (
      `Odds ${formatOdds(figures.odds)} against "no worse", but only by comparison with the past; ` +
      'too little traffic is left on stable to confirm it, so a person should decide.'
    );
  }
  const odds = `odds ${formatOdds(figures.odds)} against "no worse"`;
  if (figures.leaning === 'against') return `Not decided yet, leaning against${because(figures)}: ${odds}.`;
  if (isForLatencyAlone(figures, state))
    return `Not decided yet: good enough in errors, odds ${formatOdds(figures.passOdds)}, but not yet in latency, odds ${formatOdds(figures.latencyPassOdds ?? 0)} ${slowClaim(state)}.`;
  return figures.leaning === 'for'
    ? `Not decided yet, leaning for: odds ${formatOdds(figures.passOdds)} for "good enough".`
    : `Not decided yet: ${odds}.`;
}

/** Whether errors are proven good enough, and a pass only waits for the proof about latency. */
const isForLatencyAlone = (
  { verdict, leaning, passOdds, latencyPassOdds }: JudgementFigures,
  { spec }: JudgeState,
): boolean =>
  verdict === 'inconclusive' &&
  leaning !== 'against' &&
  latencyPassOdds !== null &&
  passOdds >= 1 / spec.beta;

const slowClaim = ({ spec }: JudgeState): string =>
  `for "less than ${formatRatio(spec.rPass)} as many ${unitOf(spec.custom)} slower than stable's p95"`;

function passClaim({ spec }: JudgeState): string {
  const ratio = `for "less than ${formatRatio(spec.rPass)} as many failures"`;
  return spec.passErrorRate === null
    ? ratio
    : `${ratio.slice(0, -1)} or below ${formatPercent(spec.passErrorRate)}"`;
}

function countsSentence(figures: JudgementFigures): string {
  const { candidate, stable } = figures.counts;
  if (hasOnlyWarmUp(figures)) return warmUpWords(figures);
  if (stable.trials === 0)
    return `${formatCount(candidate.events)} of ${formatCount(candidate.trials)} failed.`;
  const stablePart = `against ${formatCount(stable.events)} of ${formatCount(stable.trials)} on stable`;
  return `${formatCount(candidate.events)} of ${formatCount(candidate.trials)} failed, ${stablePart}.`;
}

function ratioSentence({ ratio }: JudgementFigures, state: JudgeState): string | null {
  if (ratio === null) return null;
  const confidence = formatPercent(1 - state.spec.beta);
  const estimate = `The odds of failing are about ${formatRatio(ratio.estimate)} stable's`;
  if (ratio.low === 0 && ratio.high === null) return `${estimate}; no interval can be given yet.`;
  if (ratio.high === null) return `${estimate}, and at ${confidence} at least ${formatRatio(ratio.low)}.`;
  return ratio.low === 0
    ? `${estimate}, and at ${confidence} at most ${formatRatio(ratio.high)}.`
    : `${estimate} (${confidence} interval ${formatRatio(ratio.low)} to ${formatRatio(ratio.high)}).`;
}

function excludedSentence({ excludedAbove }: JudgementFigures, { spec }: JudgeState): string | null {
  if (excludedAbove === null || excludedAbove <= 1) return null;
  return `Regressions above ${formatRatio(excludedAbove)} are excluded at ${formatPercent(1 - spec.beta)}.`;
}

function needSentence(figures: JudgementFigures, state: JudgeState): string | null {
  const { moreRequests, moreFor, moreMs, verdict } = figures;
  if (verdict !== 'inconclusive') return null;
  const unit = unitOf(state.spec.custom);
  const isLatency = isForLatencyAlone(figures, state);
  if (moreRequests === null)
    return isLatency
      ? `A verdict needs more ${unit} of both, candidate and stable, to prove latency; how many cannot be said yet.`
      : null;
  const time = moreMs === null ? '' : ` (about ${formatSpan(moreMs)} at current traffic)`;
  const purpose =
    moreFor !== 'latency' ? '' : isLatency ? ' to prove latency' : ', most of them to prove latency';
  return `A verdict needs about ${formatAbout(moreRequests)} more ${unit}${purpose}${time}.`;
}

const warmUpSentence = (figures: JudgementFigures): string | null =>
  figures.counts.warmUp.trials === 0 || hasOnlyWarmUp(figures) ? null : warmUpWords(figures);

function warmUpWords({ counts }: JudgementFigures): string {
  const { events, trials } = counts.warmUp;
  return `${formatCount(events)} of ${formatCount(trials)} failed while warming up, which is held against the promised error rate only.`;
}

function shareSentence({ shareMismatch, realisedShare }: JudgementFigures, state: JudgeState): string | null {
  if (!shareMismatch || realisedShare === null) return null;
  const configured = formatPercent(state.shareEvidence.shareBasisPoints / 10_000);
  return `The candidate gets ${formatPercent(realisedShare)} of the ${unitOf(state.spec.custom)}, not the configured ${configured}; the comparison stays fair, but the router should be looked at.`;
}

/** Dispersions below are not worth a word. */
const CLUMPED = 1.05;

function errorClumpsSentence({ baseline, errorTicks }: JudgeState): string | null {
  if (baseline.dispersion === null) {
    const words = 'Too little of stable is known to say whether its errors come in bursts';
    return errorTicks > 0 ? `${words}, so one burst counts little.` : null;
  }
  if (baseline.dispersion < CLUMPED) return null;
  return `Errors of stable come in clumps, so counts are divided by ${baseline.dispersion.toFixed(1)}.`;
}

function latencySentence({ latency, stableLatency, spec }: JudgeState): string | null {
  if (stableLatency !== null)
    return 'Too few latencies of stable are known to compare with, so latency is not judged yet.';
  const most = Math.max(0, ...latency.map(({ spread }) => dispersionOf(spread)));
  if (most < CLUMPED) return null;
  const known = Math.min(...latency.map(({ spread }) => spread.ticks));
  return known < SPREAD_MIN_TICKS
    ? `Too little of stable is known to say how its slow ${unitOf(spec.custom)} come (${known} of ${SPREAD_MIN_TICKS} samples), so their counts are divided by ${most.toFixed(1)}.`
    : `Slow ${unitOf(spec.custom)} of stable come in clumps, so their counts are divided by up to ${most.toFixed(1)}.`;
}

/** Odds to one as people say them: `147 : 1`, `1 : 3` where they are below one. */
export function formatOdds(odds: number): string {
  if (odds >= 1e9) return 'over 1,000,000,000 : 1';
  if (odds >= 10) return `${formatCount(Math.round(odds))} : 1`;
  if (odds >= 1) return `${trimmed(odds.toFixed(1))} : 1`;
  return odds < 1e-9 ? '1 : over 1,000,000,000' : `1 : ${formatCount(Math.round(1 / odds))}`;
}

/** A ratio with two digits: `2.3x`, `14x`. */
export function formatRatio(ratio: number): string {
  return `${formatAbout(ratio)}x`;
}

/** A fraction as a percentage with at most three digits: `0.1 %`, `95 %`. */
export const formatPercent = (fraction: number): string => `${trimmed((fraction * 100).toPrecision(3))} %`;

/** A whole number with commas between thousands. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A quantity to two digits: `8,400`, `0.18`. */
export function formatAbout(value: number): string {
  return value >= 10 ? formatCount(Number(value.toPrecision(2))) : trimmed(value.toPrecision(2));
}

/** A span rounded to seconds below an hour and to minutes above: `1 min 24 s`, `3 h 20 min`. */
export function formatSpan(durationMs: number): string {
  const rounded =
    durationMs < 3_600_000 ? Math.max(1000, roundTo(durationMs, 1000)) : roundTo(durationMs, 60_000);
  return formatDuration(rounded)
    .replace(/([a-z])(?=\d)/g, '$1 ')
    .replace(/(\d)([a-z])/g, '$1 $2')
    .replace(/\bm\b/, 'min');
}

const roundTo = (value: number, step: number): number => Math.round(value / step) * step;

const trimmed = (text: string): string =>
  text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text;
