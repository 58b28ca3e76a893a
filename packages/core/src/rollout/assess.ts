import { formatAbout, formatCount } from '../analysis/explain-judgement.ts';
import { quantile, type SparseHistogram, total } from '../analysis/histogram.ts';
import type { Judgement, VerdictKind } from '../analysis/judgement.ts';
import { unitOf } from '../analysis/metric-words.ts';
import { judge } from '../analysis/judge.ts';
import { criteriaOutcomes } from '../analysis/thresholds.ts';
import type { EventCount } from '../analysis/tick.ts';
import { winner as winnerOf, type WinnerVerdict } from '../analysis/winner.ts';
import { EMPTY_BASELINE, startEvidence, type Evidence } from './evidence.ts';
import { failedMeasurement, unansweredMeasurement, unclearMeasurement } from './measuring.ts';
import type { Rollout } from './state.ts';
import type { Step } from './step.ts';

/** What all evidence of a rollout says together, with the sentence that matters most. */
export interface Assessment {
  readonly verdict: VerdictKind;
  /** Who said fail: the judge, or a hard limit. */
  readonly source: 'judge' | 'limit';
  readonly detail: string;
  readonly leaning: Judgement['leaning'];
  readonly judgement: Judgement;
  readonly winner: WinnerVerdict['winner'] | null;
  readonly winnerDetail: string;
}

/** Looks that a provider may fail in a row before it counts as an error: one lost scrape is not an outage. */
const FAILED_LOOKS_TOLERATED = 5;

/** Weighs judge, hard limits, expressions and the state of the metrics. Missing evidence never ends in fail. */
export function assess(rollout: Rollout): Assessment {
  const evidence = rollout.evidence ?? startEvidence(rollout.plan, EMPTY_BASELINE, rollout.requestedAt);
  const settling = presentStep(rollout)?.kind === 'settle';
  const judgement = judge(evidence.judge, settling);
  const winner = evidence.step.winner && winnerOf(evidence.step.winner);
  const base = {
    judgement,
    leaning: judgement.leaning,
    source: 'judge' as const,
    winner: winner?.winner ?? null,
    winnerDetail: winner?.sentences.join(' ') ?? '',
  };
  const limit = brokenLimit(rollout, evidence);
  if (limit !== undefined) return { ...base, verdict: 'fail', source: 'limit', detail: limit };
  if (judgement.verdict === 'fail')
    return { ...base, verdict: 'fail', detail: failure(judgement, rollout, evidence) };
  const missing = missingEvidence(rollout, evidence);
  if (missing) return { ...base, ...missing };
  const unclear = unclearMeasurement(rollout);
  if (unclear !== undefined) return { ...base, verdict: 'inconclusive', detail: unclear };
  const verdict = judgement.verdict === 'pass' ? 'pass' : 'inconclusive';
  return { ...base, verdict, detail: sentence(judgement) };
}

/** The step that a rollout is in, whether it runs or is held; undefined elsewhere. */
export function presentStep(rollout: Rollout): Step | undefined {
  const { phase } = rollout;
  return phase.name === 'running' || phase.name === 'held' ? rollout.plan.steps[phase.step] : undefined;
}

/** A candidate that is worse in something else has figures of its own; its errors would be beside the point. */
function failure(judgement: Judgement, { plan }: Rollout, evidence: Evidence): string {
  const figures = figuresOf(judgement.attribution, plan, evidence);
  return figures === null ? sentence(judgement) : `${judgement.sentences[0]} ${figures}`;
}

function figuresOf(
  metric: string | null,
  { analysis }: Rollout['plan'],
  { candidate, stable }: Evidence,
): string | null {
  if (metric === 'latency')
    return p95Of(unitOf(analysis.judge.custom), formatMs, candidate.latency, stable.latency);
  if (metric === 'cost') return p95Of('priced attempts', formatCost, candidate.cost, stable.cost);
  const [bad, usual] = [candidate.custom?.[metric ?? ''], stable.custom?.[metric ?? '']];
  if (bad === undefined) return null;
  const beside = usual === undefined ? '' : `, against ${formatEvents(usual)} on stable`;
  return `${formatEvents(bad)} were bad${beside}.`;
}

function p95Of(
  what: string,
  format: (value: number) => string,
  candidate: SparseHistogram = [],
  stable: SparseHistogram = [],
): string | null {
  const [much, usual] = [quantile(candidate, 0.95), quantile(stable, 0.95)];
  if (much === undefined) return null;
  const beside = usual === undefined ? '' : `, against ${format(usual)} on stable`;
  return `p95 of its ${formatCount(total(candidate))} ${what} is ${format(much)}${beside}.`;
}

const formatMs = (ms: number): string => `${formatAbout(ms)} ms`;
/** Cost is counted in thousandths. */
const formatCost = (thousandths: number): string => formatAbout(thousandths / 1_000);
const formatEvents = ({ events, trials }: EventCount): string =>
  `${formatCount(events)} of ${formatCount(trials)}`;

const sentence = (judgement: Judgement): string => judgement.sentences.slice(0, 2).join(' ');

function brokenLimit(rollout: Rollout, evidence: Evidence): string | undefined {
  const criterion = criteriaOutcomes(evidence.step.criteria).find(({ outcome }) => outcome === 'violated');
  if (criterion) return criterion.sentence;
  const measured = failedMeasurement(rollout);
  if (measured !== undefined) return measured;
  const index = evidence.step.expressions.findIndex(
    (state, i) => state.violations > (rollout.plan.analysis.expressions[i]?.failureLimit ?? 0),
  );
  const broken = evidence.step.expressions[index];
  const spec = rollout.plan.analysis.expressions[index];
  return broken && spec
    ? `\`${spec.expression}\` was false in ${broken.violations} of ${broken.windows} windows (${broken.detail})`
    : undefined;
}

function missingEvidence(
  rollout: Rollout,
  evidence: Evidence,
): { verdict: 'no-data' | 'provider-error'; detail: string } | undefined {
  const unanswered = unansweredMeasurement(rollout);
  if (unanswered !== undefined) return { verdict: 'provider-error', detail: unanswered };
  if (rollout.plan.analysis.traffic === 'uncounted') return undefined;
  if (evidence.provider.state === 'failing' && evidence.failedLooks > FAILED_LOOKS_TOLERATED)
    return { verdict: 'provider-error', detail: evidence.provider.message };
  const step = presentStep(rollout);
  const { noDataAfterMs, warmUpMs } = rollout.plan.analysis.judge;
  if (step?.kind !== 'judge' && step?.kind !== 'settle') return undefined;
  // One start is over by then: its instances are started anew all the time, and nothing of it is ever compared.
  if (evidence.step.coldMs >= warmUpMs + noDataAfterMs)
    return {
      verdict: 'no-data',
      detail: `instances of the candidate have been started again and again for ${seconds(evidence.step.coldMs)}, so that it is always warming up`,
    };
  const { blindMs } = evidence.step;
  if (blindMs >= noDataAfterMs)
    return { verdict: 'no-data', detail: `the metrics provider has had no figures for ${seconds(blindMs)}` };
  const silentMs = evidence.seenUntil - Math.max(evidence.lastRequestAt ?? 0, stepSince(rollout));
  if (step.kind === 'settle' || silentMs < noDataAfterMs) return undefined;
  return {
    verdict: 'no-data',
    detail: `no ${unitOf(rollout.plan.analysis.judge.custom).slice(0, -1)} has reached the candidate for ${seconds(silentMs)}`,
  };
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

function stepSince({ phase }: Rollout): number {
  if (phase.name === 'running') return phase.since;
  return phase.name === 'held' ? phase.stepSince : 0;
}
