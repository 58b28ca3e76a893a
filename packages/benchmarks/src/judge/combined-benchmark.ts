/**
 * All metrics of a rollout together: errors, latency and a custom count (2 % of requests) under one alpha of 1 %, with
 * the default weights 0.5, 0.3 and 0.2. Method: traffic, errors and latency as in sections 4.2 and 4.4 of judge.md,
 * the three metrics of a request independent; the bare guards (harder than the shipped rule), no margin (harder than
 * the default from 100 requests per second on); 2,000 null rollouts per cell, 400 per regression.
 */
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import { COMBINED_METHODS, USUAL_CUSTOM_RATE, tallyCombined } from './combined-rollout.ts';
import { slowerLatency, usualLatency } from './latency-distribution.ts';
import { type Section, percent, table } from './report.ts';
import { formatPart, summarize } from './tally.ts';
import { ALPHA, TRAFFIC_CELLS, USUAL_ERROR_RATE, repsAt, seedOf } from './traffic-cell.ts';

const NULL_REPS = 2_000;
const REPS = 400;
const HEADS = ['errors apart', 'latency apart', 'custom apart', 'any of the three', 'together'];

/** False rollbacks of the whole rollout in the twelve cells. */
export function combinedFalseRollbacks(scale: number): Section {
  const reps = repsAt(scale, NULL_REPS);
  const above: string[] = [];
  const rows = TRAFFIC_CELLS.map((cell, i) => {
    const scenario = {
      ...cell,
      errorRate: USUAL_ERROR_RATE,
      latency: usualLatency,
      customRate: USUAL_CUSTOM_RATE,
    };
    const tallies = tallyCombined(seededRandom(seedOf(52, i)), scenario, reps);
    const parts = COMBINED_METHODS.map((method) => summarize(tallies[method]).detected);
    const together = parts.at(-1) ?? 0;
    if (together > ALPHA)
      above.push(`${cell.requestsPerSecond} rps ${percent(cell.share)} (${formatPart(together)} %)`);
    return [cell.requestsPerSecond, percent(cell.share), ...parts.map(formatPart)];
  });
  const verdict =
    above.length === 0
      ? `The whole rollout is rolled back falsely in at most 1 % in all ${TRAFFIC_CELLS.length} cells.`
      : `The whole rollout is rolled back falsely in more than 1 % in ${above.join(', ')}.`;
  return {
    title: 'False rollbacks of a rollout with three metrics (%, nothing is wrong)',
    text: [
      'Apart: each metric with an alpha of 1 % of its own. Together: the weighted mean of their evidence, as shipped.',
      '',
      ...table(['rps', 'share', ...HEADS], rows),
    ],
    comparisons: [verdict],
  };
}

/** What sharing one alpha costs in time. */
export function combinedDetection(scale: number): Section {
  const usual = { errorRate: USUAL_ERROR_RATE, latency: usualLatency, customRate: USUAL_CUSTOM_RATE };
  const kinds = [
    ['0.5 % errors', { ...usual, errorRate: 0.005 }],
    ['2 % errors', { ...usual, errorRate: 0.02 }],
    ['p95 × 1.1, all slower', { ...usual, latency: slowerLatency('scale', 1.1) }],
    ['p95 × 1.5, only the tail', { ...usual, latency: slowerLatency('tail', 1.5) }],
    ['custom event 3 %', { ...usual, customRate: 0.03 }],
    ['2 % errors, p95 × 1.5', { ...usual, errorRate: 0.02, latency: slowerLatency('scale', 1.5) }],
  ] as const;
  const rows = [10, 100].flatMap((requestsPerSecond, i) =>
    kinds.map(([name, kind], j) => {
      const scenario = { ...kind, requestsPerSecond, share: 0.25 };
      const tallies = tallyCombined(seededRandom(seedOf(53, i * 10 + j)), scenario, repsAt(scale, REPS));
      const cells = COMBINED_METHODS.map((method) => {
        const { medianSeconds, detected } = summarize(tallies[method]);
        return medianSeconds === null ? 'never' : `${medianSeconds} s · ${(detected * 100).toFixed(0)}%`;
      });
      return [name, requestsPerSecond, ...cells];
    }),
  );
  return {
    title: 'Detection with three metrics, 25 % (median seconds among detected · detected)',
    text: table(['candidate', 'rps', ...HEADS], rows),
    comparisons: [],
  };
}
