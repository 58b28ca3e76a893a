import { type Baseline, LATENCY_QUANTILES } from './baseline.ts';
import { binomialUpperTail } from './count-tails.ts';
import { formatCount, formatPercent, formatSpan } from './explain-judgement.ts';
import { upperRateLimit } from './guard-evidence.ts';
import { type SparseHistogram, countAbove, mean, total, valueOf } from './histogram.ts';
import { logGamma } from './log-gamma.ts';
import { normalUpperQuantile, normalUpperTail } from './normal-distribution.ts';
import { type Criterion, allowedAbove, compare, formatCriterion } from './thresholds.ts';

/** The traffic and plan on which a hard limit will be checked. */
export interface ThresholdSetting {
  readonly baseline: Baseline;
  readonly shareBasisPoints: number;
  /** How many windows are checked. */
  readonly windows: number;
  /** Stable's latency; without it, exceedance is interpolated between the baseline's quantiles. */
  readonly latency?: SparseHistogram;
  /** Other engines count an empty window as failed; ours does not. */
  readonly emptyWindowFails?: boolean;
}

/** What a hard limit does when nothing is wrong, and how soon it can do it when something is. */
export interface ThresholdRates {
  /**
   * The probability that a candidate just like stable is rolled back; null when the baseline cannot tell. Where stable
   * has shown nothing that counts against the limit, an upper limit of it.
   */
  readonly falseRollbackRate: number | null;
  /** How long a candidate that fails in every window goes on, in seconds. */
  readonly detectionSeconds: number;
  readonly sentence: string;
}

/** How often one request counts against a criterion. */
interface EventRate {
  readonly rate: number;
  /** Requests of stable in which it was never seen, so that `rate` is the 99 % upper limit; null where it was. */
  readonly unseenIn: number | null;
}

/** A probability that an arrival count has, and the count. */
type ArrivalWeight = readonly [requests: number, probability: number];

/** Arrival counts further than so many standard deviations from the mean are left out. */
const ARRIVAL_REACH = 7;
const ARRIVALS_PER_DEVIATION = 24;

/**
 * What a hard limit costs and yields at the present baseline (judge.md 5.5): the probability q that a window fails
 * by chance, over Poisson arrivals and binomial events, and of more than `failureLimit` such windows.
 */
export function thresholdRates(criterion: Criterion, setting: ThresholdSetting): ThresholdRates {
  const { windows } = setting;
  const event = eventRate(criterion, setting);
  const failing = failureRate(criterion, setting, event);
  const falseRollbackRate =
    failing === null ? null : binomialUpperTail(windows, failing, criterion.failureLimit + 1);
  const detectionSeconds = ((criterion.failureLimit + 1) * criterion.windowMs) / 1000;
  return {
    falseRollbackRate,
    detectionSeconds,
    sentence: sentenceOf(criterion, { falseRollbackRate, detectionSeconds, event }),
  };
}

/** The probability that one window fails by chance; null when the baseline cannot tell. */
export const windowFailureRate = (criterion: Criterion, setting: ThresholdSetting): number | null =>
  failureRate(criterion, setting, eventRate(criterion, setting));

function failureRate(
  criterion: Criterion,
  setting: ThresholdSetting,
  event: EventRate | null,
): number | null {
  if (event === null && criterion.metric !== 'mean') return null;
  if (criterion.metric === 'mean' && setting.latency === undefined) return null;
  let sum = 0;
  for (const [requests, probability] of arrivals(expectedRequests(criterion, setting))) {
    if (requests === 0) sum += setting.emptyWindowFails === true ? probability : 0;
    else sum += probability * failureRateGiven(criterion, requests, event?.rate ?? 0, setting.latency ?? []);
  }
  return Math.min(1, sum);
}

function expectedRequests(criterion: Criterion, { baseline, shareBasisPoints }: ThresholdSetting): number {
  return (baseline.requestsPerSecond * shareBasisPoints * criterion.windowMs) / 10_000 / 1000;
}

/** The probability that one request counts against the criterion; null when the baseline cannot tell. */
function eventRate(criterion: Criterion, { baseline, latency }: ThresholdSetting): EventRate | null {
  if (criterion.metric === 'mean') return null;
  if (criterion.metric === 'errors') {
    const { errorRate, historyRequests } = baseline;
    return errorRate === null ? null : counted(criterion, errorRate, historyRequests);
  }
  const measured = latency === undefined ? 0 : total(latency);
  if (latency !== undefined && measured > 0)
    return counted(criterion, countAbove(latency, criterion.value) / measured, measured);
  const rate = interpolatedExceedance(baseline.latencyThresholdsMs, criterion.value);
  return rate === null ? null : { rate, unseenIn: null };
}

/** What was never seen is not impossible: its rate is then the upper limit at which nothing would still be seen. */
function counted({ op }: Criterion, rate: number, requests: number): EventRate | null {
  const isUpperLimit = op === '<' || op === '<=';
  if (rate > 0 || !isUpperLimit) return { rate, unseenIn: null };
  const limit = upperRateLimit({ trials: requests, events: 0 }, 1);
  return limit === null ? null : { rate: limit, unseenIn: requests };
}

/** The part of latencies above `ms`: straight lines between the quantiles, in logarithm and normal deviate. */
function interpolatedExceedance(thresholdsMs: readonly number[], ms: number): number | null {
  const points = thresholdsMs
    .map((threshold, i) => ({
      x: Math.log(threshold),
      z: normalUpperQuantile(1 - (LATENCY_QUANTILES[i] ?? 0.5)),
    }))
    .filter((point, i, all) => i === 0 || point.x > (all[i - 1]?.x ?? 0));
  const x = Math.log(ms);
  const upper = Math.max(
    1,
    Math.min(
      points.length - 1,
      points.findIndex((point) => point.x >= x),
    ),
  );
  const [left, right] = [points[upper - 1], points[x > (points.at(-1)?.x ?? 0) ? points.length - 1 : upper]];
  const start = left === right ? points[points.length - 2] : left;
  if (start === undefined || right === undefined) return null;
  return normalUpperTail(start.z + ((x - start.x) * (right.z - start.z)) / (right.x - start.x));
}

/** Poisson arrivals, thinned to some dozens of counts where there are many. */
function arrivals(expected: number): readonly ArrivalWeight[] {
  if (expected <= 0) return [[0, 1]];
  const deviation = Math.sqrt(expected);
  const stride = Math.max(1, Math.floor(deviation / ARRIVALS_PER_DEVIATION));
  const first = Math.max(0, Math.floor(expected - ARRIVAL_REACH * deviation));
  const last = Math.ceil(expected + ARRIVAL_REACH * deviation) + 20;
  const weights: [number, number][] = [];
  for (let n = first; n <= last; n += stride) {
    weights.push([n, Math.exp(n * Math.log(expected) - expected - logGamma(n + 1))]);
  }
  const sum = weights.reduce((all, [, weight]) => all + weight, 0);
  return weights.map(([n, weight]) => [n, weight / sum]);
}

function failureRateGiven(
  criterion: Criterion,
  requests: number,
  rate: number,
  latency: SparseHistogram,
): number {
  const { metric, op, value } = criterion;
  if (metric === 'mean') return meanFailureRate(criterion, requests, latency);
  const isUpperLimit = op === '<' || op === '<=';
  // The fewest events with which an upper limit fails; for a lower limit, the fewest with which it holds.
  const fewest =
    metric === 'errors' ? fewestErrors(criterion, requests, value) : allowedAbove(metric, requests) + 1;
  const reached = binomialUpperTail(requests, rate, fewest);
  return isUpperLimit ? reached : 1 - reached;
}

function fewestErrors({ op }: Criterion, requests: number, value: number): number {
  const isUpperLimit = op === '<' || op === '<=';
  let errors = Math.max(0, Math.floor(value * requests) - 1);
  while (errors <= requests && compare(errors / requests, op, value) === isUpperLimit) errors++;
  return errors;
}

/** By the central limit theorem, which is rough for few requests. */
function meanFailureRate({ op, value }: Criterion, requests: number, latency: SparseHistogram): number {
  const average = mean(latency);
  if (average === undefined) return 0;
  const squares = latency.reduce((sum, [bucket, count]) => sum + count * (valueOf(bucket) - average) ** 2, 0);
  const deviation = Math.sqrt(squares / total(latency) / requests);
  const above = deviation === 0 ? Number(average > value) : normalUpperTail((value - average) / deviation);
  return op === '<' || op === '<=' ? above : 1 - above;
}

function sentenceOf(
  criterion: Criterion,
  found: Omit<ThresholdRates, 'sentence'> & { readonly event: EventRate | null },
): string {
  const { falseRollbackRate: rate, detectionSeconds, event } = found;
  const name = formatCriterion(criterion);
  const soonest = `rolls back a release that always breaks it after ${formatSpan(detectionSeconds * 1000)}`;
  if (rate === null) return `${name} ${soonest}; without a baseline its false alarms are unknown.`;
  const often = rate < 1e-4 ? 'less than 0.01 %' : formatPercent(rate);
  if (event === null || event.unseenIn === null)
    return `${name} ${soonest}, and by chance alone in ${often} of rollouts where nothing is wrong.`;
  const seen = `Stable has shown ${unseenWords(criterion)} in ${formatCount(event.unseenIn)} requests`;
  const most = rate < 1e-4 ? often : `up to ${often}`;
  return `${name} ${soonest}. ${seen}; at the 99 % upper limit of that rate, ${formatPercent(event.rate)}, chance alone takes back ${most} of rollouts where nothing is wrong.`;
}

const unseenWords = ({ metric, value }: Criterion): string =>
  metric === 'errors' ? 'no error' : `no latency above ${value} ms`;
