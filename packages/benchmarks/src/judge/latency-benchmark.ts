/**
 * Section 4.4 of judge.md: false rollbacks and detection by latency. Method: stable lognormal (100 ms, 0.6) in log
 * buckets of 2 %, thresholds from 600 s of prior traffic drawn afresh for each rollout; the candidate is slower as a
 * whole or in its slowest decile; 2,000 rollouts per null cell, 1,000, 400 and 200 per regression at 1 and 10, 100 and
 * 1000 requests per second. Kayenta, DKW-CS and the quantile test are left out; their figures are in judge.md.
 */
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import { type CellComparison, comparePart, compareSummary, comparisonLine } from './compare-cell.ts';
import { cellName } from './errors-benchmark.ts';
import { slowerLatency, usualLatency } from './latency-distribution.ts';
import { LATENCY_METHODS, tallyLatency } from './latency-rollout.ts';
import { LATENCY_NULL_REFERENCE, LATENCY_REFERENCE } from './reference-table.ts';
import { type Section, percent, table } from './report.ts';
import { formatPart, formatSummary, summarize } from './tally.ts';
import { repsAt, seedOf } from './traffic-cell.ts';

const NULL_REPS = 2_000;
const HEADS = ['Argo p95≤500', 'Argo p95≤322', 'Flagger p99≤500', 'EXCEED p95 only', 'EXCEED'];
const SHOWN = LATENCY_METHODS.filter((method) => method !== 'exceedP95');

/** Reproduces the false rollbacks of section 4.4. */
export function latencyFalseRollbacks(scale: number): Section {
  const comparisons: CellComparison[] = [];
  const incumbents: CellComparison[] = [];
  const rows = LATENCY_NULL_REFERENCE.map((row, i) => {
    const reps = repsAt(scale, NULL_REPS);
    const scenario = { ...row, candidate: usualLatency, untilExceed: false };
    const tallies = tallyLatency(seededRandom(seedOf(44, i)), scenario, reps);
    const parts = LATENCY_METHODS.map((method) => summarize(tallies[method]).detected);
    LATENCY_METHODS.forEach((method, m) => {
      const found = { part: parts[m] ?? 0, runs: reps };
      const published = { part: (row.figures[method] ?? 0) / 100, runs: NULL_REPS };
      const isOurs = method === 'exceed' || method === 'exceedP95';
      (isOurs ? comparisons : incumbents).push(comparePart(`${method} ${cellName(row)}`, found, published));
    });
    return [row.requestsPerSecond, percent(row.share), ...parts.map(formatPart), row.figures['exceed'] ?? ''];
  });
  return {
    title: '4.4 Latency: false rollbacks (%, no regression)',
    text: table(['rps', 'share', ...HEADS, 'EXCEED published'], rows),
    comparisons: [
      comparisonLine('4.4 false rollbacks, EXCEED', comparisons),
      comparisonLine('4.4 false rollbacks, incumbents (does the simulation agree)', incumbents),
    ],
  };
}

/** Reproduces the detection tables of section 4.4. */
export function latencyDetection(scale: number): Section {
  const comparisons: CellComparison[] = [];
  const incumbents: CellComparison[] = [];
  const rows = LATENCY_REFERENCE.map((row, i) => {
    const published = row.requestsPerSecond <= 10 ? 1000 : row.requestsPerSecond === 100 ? 400 : 200;
    const [kind, factor] = row.kind.split(' ');
    const candidate = slowerLatency(kind === 'tail' ? 'tail' : 'scale', Number(factor));
    const scenario = { ...row, candidate, untilExceed: true };
    const tallies = tallyLatency(seededRandom(seedOf(45, i)), scenario, repsAt(scale, published));
    for (const method of SHOWN) {
      const cell = row.figures[method];
      if (cell === undefined) continue;
      const name = `${method} ${row.kind} ${cellName(row)}`;
      const list = method === 'exceed' ? comparisons : incumbents;
      list.push(compareSummary(name, summarize(tallies[method]), cell, published));
    }
    const cells = SHOWN.map((method) => formatSummary(summarize(tallies[method])));
    return [row.kind, row.requestsPerSecond, percent(row.share), ...cells];
  });
  return {
    title: '4.4 Latency: detection and harm',
    text: [
      'Median seconds to rollback among detected · mean candidate responses slower than the true p95 of stable until',
      'rollback or 1800 s · missed. `scale`: all requests slower; `tail`: only the slowest decile; by the factor on p95.',
      '',
      ...table(['p95 ×', 'rps', 'share', ...HEADS.filter((_, i) => i !== 3)], rows),
    ],
    comparisons: [
      comparisonLine('4.4 detection, EXCEED', comparisons),
      comparisonLine('4.4 detection, incumbents (does the simulation agree)', incumbents),
    ],
  };
}
