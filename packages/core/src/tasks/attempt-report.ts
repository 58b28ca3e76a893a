/** What an attempt used. */
export interface AttemptUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In millionths of the component's currency; 0 where the worker has not said. */
  readonly costMicros: number;
}

/** What a worker, or who judged its work, tells about an attempt beside its end. */
export interface AttemptReport {
  readonly usage: AttemptUsage;
  /** Scores of the result by name, from 0 to 1. */
  readonly scores: Readonly<Record<string, number>>;
  /** Tools that were called, and calls of them that failed. */
  readonly toolCalls: number;
  readonly toolErrors: number;
}

/** Nothing was told. */
export const NO_REPORT: AttemptReport = {
  usage: { inputTokens: 0, outputTokens: 0, costMicros: 0 },
  scores: {},
  toolCalls: 0,
  toolErrors: 0,
};

/** What work costs, in the component's currency; each at least 0. */
export interface PriceSpec {
  /** Per million tokens. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Per second of an attempt. */
  readonly second: number;
}

/** Nothing has a price. */
export const FREE: PriceSpec = { inputTokens: 0, outputTokens: 0, second: 0 };

/**
 * The most that one attempt counts as, in millionths: a million of any currency. A worker may say any number, and thousands of
 * attempts are added up to what a number, and a column, still holds exactly.
 */
export const MOST_COST_MICROS = 1_000_000_000_000;

/**
 * What an attempt cost, in millionths of the component's currency: what its worker says of the model, or else what its tokens
 * cost by the prices, and its time; at most `MOST_COST_MICROS`.
 */
export function costMicros(prices: PriceSpec, usage: AttemptUsage, durationMs: number): number {
  const tokens = usage.inputTokens * prices.inputTokens + usage.outputTokens * prices.outputTokens;
  const model = usage.costMicros > 0 ? usage.costMicros : tokens;
  return Math.min(MOST_COST_MICROS, Math.round(model + prices.second * 1_000 * durationMs));
}
