/** The custom metric of failing tool calls: attempts in which one failed, of those that called any. */
export const TOOLS_METRIC = 'tools';

/** The custom metric of tasks that were done by both sides: how often one failed where the other did not. */
export const PAIRS_METRIC = 'pairs';

/** The custom metric of a score: how often it was below its bar, of the times it was given. */
export const scoreMetric = (name: string): string => `score ${name}`;

/** Which score a custom metric is about; null when it is about something else. */
export const scoreOf = (metric: string): string | null =>
  metric.startsWith('score ') ? metric.slice('score '.length) : null;

/**
 * What is counted one by one, by the custom metrics that are judged: attempts at tasks where tool calls are, requests
 * elsewhere.
 */
export const unitOf = (custom: readonly string[]): 'requests' | 'attempts' =>
  custom.includes(TOOLS_METRIC) ? 'attempts' : 'requests';

/** A metric as it is named in a sentence: "worse than stable in ...". */
export function metricWords(metric: string): string {
  const score = scoreOf(metric);
  if (score !== null) return `the score "${score}"`;
  if (metric === PAIRS_METRIC) return 'tasks that both have done';
  return metric === TOOLS_METRIC ? 'tool calls' : metric;
}
