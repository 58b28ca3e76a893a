import type { Baseline } from './baseline.ts';
import { formatAbout, formatPercent, formatRatio } from './explain-judgement.ts';
import { type JudgePlan, judgePlan } from './judge-state.ts';
import type { JudgeSpec } from './judge-spec.ts';
import { unitOf } from './metric-words.ts';
import { divergence } from './more-requests.ts';

/** A stretch of a plan with one split. */
export interface Stage {
  readonly shareBasisPoints: number;
  readonly durationMs: number;
}

/** Fewer expected errors of a bad candidate than this cannot be told from chance. */
const ENOUGH_ERRORS = 3;
/** What RATIO and the history guard lose to betting on several ratios at once, and to each other; in nats. */
const RATIO_PRICE = Math.log(2) + Math.log(4);
const HISTORY_PRICE = Math.log(1 / 0.3) + Math.log(4);
const BISECTIONS = 50;
/** Nobody waits for more requests. */
const WORTH_SAYING = 1e9;

/**
 * Says before a rollout that its traffic is too weak to judge (judge.md 5.1), and which regressions are still found;
 * null when a candidate `rPass` times worse than stable would show at least three errors in the stages together.
 */
export function weakTrafficWarning(
  spec: JudgeSpec,
  baseline: Baseline,
  stages: readonly Stage[],
): string | null {
  const usual = usualRate(spec, baseline);
  const requests = stages.map((stage) => stageRequests(baseline, stage));
  const candidate = requests.reduce((sum, stage) => sum + stage.candidate, 0);
  const expected = candidate * Math.min(1, spec.rPass * usual);
  if (expected >= ENOUGH_ERRORS) return null;
  const detectable = detectableErrorRate(spec, baseline, stages);
  const unit = unitOf(spec.custom);
  const found =
    detectable === null
      ? 'not even a candidate that always fails is sure to be found'
      : `only regressions to about ${formatPercent(detectable)} failed ${unit} are likely to be found`;
  return (
    `Traffic is weak: with about ${formatAbout(candidate)} ${unit}, a candidate that fails ` +
    `${formatRatio(spec.rPass)} as often as stable would show about ${formatAbout(expected)} errors, and ${found}. ` +
    'Give it a larger share or more time, or rely on checks.'
  );
}

/**
 * The smallest candidate error rate, a fraction, that is found within the stages about every second time: where the
 * expected evidence of RATIO or of the history guard reaches what alpha asks. Null when there is none.
 */
export function detectableErrorRate(
  spec: JudgeSpec,
  baseline: Baseline,
  stages: readonly Stage[],
): number | null {
  const plan = judgePlan(spec, baseline);
  const usual = usualRate(spec, baseline);
  const isFound = (rate: number): boolean =>
    expectedSurplus(rate, usual, { spec, baseline, stages, plan }) >= 0;
  if (!isFound(1)) return null;
  return leastFound(usual, 1, isFound);
}

/** The least value between two at which something is found, when it is found from there on. */
function leastFound(from: number, until: number, isFound: (value: number) => boolean): number {
  let [low, high] = [from, until];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (isFound(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * How many requests of the candidate it takes until an error rate, a fraction, is found about every second time, if the stages
 * follow each other in the same proportions; null when it is not above stable's, or never found.
 */
export function requestsToDetect(
  spec: JudgeSpec,
  baseline: Baseline,
  { stages, rate }: { readonly stages: readonly Stage[]; readonly rate: number },
): number | null {
  const flowing = baseline.requestsPerSecond > 0 ? baseline : { ...baseline, requestsPerSecond: 1 };
  const usual = usualRate(spec, flowing);
  const candidate = stages.reduce((sum, stage) => sum + stageRequests(flowing, stage).candidate, 0);
  if (rate <= usual || candidate === 0) return null;
  const plan = judgePlan(spec, flowing);
  const isFound = (times: number): boolean => {
    const longer = stages.map((stage) => ({ ...stage, durationMs: stage.durationMs * times }));
    return expectedSurplus(rate, usual, { spec, baseline: flowing, stages: longer, plan }) >= 0;
  };
  let high = 1 / candidate;
  while (!isFound(high) && high * candidate < WORTH_SAYING) high *= 2;
  return isFound(high) ? Math.ceil(leastFound(0, high, isFound) * candidate) : null;
}

/**
 * Says before a rollout what its traffic can show: which error rate is likely to be found, and how many requests of the candidate
 * twice stable's would take. Null where no stage compares the two.
 */
export function detectionWords(spec: JudgeSpec, baseline: Baseline, stages: readonly Stage[]): string | null {
  const expected = stages.reduce((sum, stage) => sum + stageRequests(baseline, stage).candidate, 0);
  const usual = usualRate(spec, baseline);
  const doubled = Math.min(1, 2 * usual);
  const needed = requestsToDetect(spec, baseline, { stages, rate: doubled });
  if (stages.length === 0 || needed === null) return null;
  const found = expected > 0 ? detectableErrorRate(spec, baseline, stages) : null;
  const known = (baseline.errorRate ?? 0) > 0 ? "stable's" : 'a supposed';
  const sees =
    found === null
      ? 'they are too few to find anything'
      : `a failure rate of ${formatPercent(found)} is likely to be found, against ${known} ${formatPercent(usual)}`;
  return (
    `About ${formatAbout(expected)} ${unitOf(spec.custom)} of the candidate are expected: ${sees}. ` +
    `To find ${formatPercent(doubled)} takes about ${formatAbout(needed)}.`
  );
}

interface Outlook {
  readonly spec: JudgeSpec;
  readonly baseline: Baseline;
  readonly stages: readonly Stage[];
  readonly plan: JudgePlan;
}

/** Expected evidence minus what is needed, in nats; from the stream that is ahead. */
function expectedSurplus(rate: number, usual: number, { spec, baseline, stages, plan }: Outlook): number {
  const needed = -Math.log(spec.alpha * plan.weights.errors);
  let byRatio = 0;
  let byHistory = 0;
  for (const stage of stages) {
    const { candidate, stable } = stageRequests(baseline, stage);
    if (candidate === 0) continue;
    const common = (candidate * rate + stable * usual) / (candidate + stable);
    byRatio += candidate * divergence(rate, common) + (stable > 0 ? stable * divergence(usual, common) : 0);
    const { historyLimit } = plan;
    if (historyLimit !== null && rate > historyLimit) byHistory += candidate * divergence(rate, historyLimit);
  }
  return Math.max(
    byRatio / plan.dispersion - needed - RATIO_PRICE,
    byHistory / plan.dispersion - needed - HISTORY_PRICE,
  );
}

/** Stable's error rate; a tenth of the promised one where it is unknown or zero. */
function usualRate(spec: JudgeSpec, baseline: Baseline): number {
  return baseline.errorRate !== null && baseline.errorRate > 0 ? baseline.errorRate : spec.sloErrorRate / 10;
}

function stageRequests(baseline: Baseline, stage: Stage): { candidate: number; stable: number } {
  const requests = (baseline.requestsPerSecond * stage.durationMs) / 1000;
  const share = stage.shareBasisPoints / 10_000;
  return { candidate: requests * share, stable: requests * (1 - share) };
}
