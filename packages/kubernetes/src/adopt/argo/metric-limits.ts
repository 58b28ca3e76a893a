import type { MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import { goDurationMs } from './go-duration.ts';
import type { TemplateMetric } from './template-shape.ts';

/** How often a metric is measured, and what its answers may be like. */
export type MetricLimits = Pick<
  MeasurementSpec,
  | 'initialDelayMs'
  | 'intervalMs'
  | 'count'
  | 'failureLimit'
  | 'inconclusiveLimit'
  | 'consecutiveErrorLimit'
  | 'consecutiveSuccessLimit'
>;

/** What Argo takes when nothing is said. */
const CONSECUTIVE_ERROR_LIMIT = 4;

type WholeKey =
  | 'count'
  | 'failureLimit'
  | 'inconclusiveLimit'
  | 'consecutiveErrorLimit'
  | 'consecutiveSuccessLimit';
type Key = WholeKey | 'interval' | 'initialDelay';
type Refuse = (key: Key, message: string) => void;

/**
 * The limits of a metric with Argo's defaults and under Argo's rules: one measurement without an interval, without end with
 * an interval alone; no failure and nothing unclear allowed unless said; -1 takes the limit of failures away.
 */
export function metricLimits(metric: TemplateMetric, refuse: Refuse): MetricLimits {
  const whole = (key: WholeKey, least: number, otherwise: number): number => {
    const value = metric[key];
    if (value === undefined || value === '') return otherwise;
    const number = Number(value);
    if (Number.isInteger(number) && number >= least) return number;
    refuse(key, `A whole number from ${least} up was expected, not \`${value}\`.`);
    return otherwise;
  };
  const duration = (key: 'interval' | 'initialDelay'): number => {
    const text = metric[key];
    const ms = text === undefined ? 0 : goDurationMs(text);
    if (ms === undefined) refuse(key, `A duration such as 30s or 5m was expected, not \`${text}\`.`);
    return ms ?? 0;
  };
  const count = whole('count', 0, 0);
  const failureLimit = whole('failureLimit', -1, 0);
  const inconclusiveLimit = whole('inconclusiveLimit', 0, 0);
  const consecutiveSuccessLimit = whole('consecutiveSuccessLimit', 0, 0);
  checkTogether({ count, failureLimit, inconclusiveLimit, consecutiveSuccessLimit }, metric, refuse);
  return {
    initialDelayMs: duration('initialDelay'),
    intervalMs: duration('interval'),
    count: count > 0 ? count : metric.interval === undefined ? 1 : null,
    failureLimit: failureLimit < 0 ? null : failureLimit,
    inconclusiveLimit,
    consecutiveErrorLimit: whole('consecutiveErrorLimit', 0, CONSECUTIVE_ERROR_LIMIT),
    consecutiveSuccessLimit: consecutiveSuccessLimit > 0 ? consecutiveSuccessLimit : null,
  };
}

interface Together {
  readonly count: number;
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  readonly consecutiveSuccessLimit: number;
}

/** What Argo refuses, in its own order (`ValidateMetric`). */
function checkTogether(limits: Together, { interval }: TemplateMetric, refuse: Refuse): void {
  const { count, failureLimit, inconclusiveLimit, consecutiveSuccessLimit } = limits;
  if (failureLimit < 0 && consecutiveSuccessLimit === 0)
    refuse('failureLimit', 'It is off, and so is consecutiveSuccessLimit: nothing could ever come of it.');
  if (count > 1 && interval === undefined) refuse('count', 'A count above 1 needs an interval.');
  if (count === 0) return;
  const least = Math.max(0, failureLimit) + consecutiveSuccessLimit;
  if (count < least)
    refuse('count', `${count} is fewer than failureLimit and consecutiveSuccessLimit together (${least}).`);
  if (count < inconclusiveLimit)
    refuse('count', `${count} is fewer than inconclusiveLimit (${inconclusiveLimit}).`);
}
