import { binomialUpperTail } from '@sluice/core/analysis/count-tails.ts';
import { normalUpperTail } from '@sluice/core/analysis/normal-distribution.ts';
import type { ReferenceCell } from './reference-table.ts';
import type { Summary } from './tally.ts';

/** The verdict on one cell: empty when it is not worse than published, else what is worse. */
export interface CellComparison {
  readonly cell: string;
  readonly worse: readonly string[];
}

/** How many standard errors of the difference a figure may be worse (judge.md, introduction). */
const ALLOWED_ERRORS = 3;
/** Where fewer are detected, the median among the detected says nothing about the method. */
const MEDIAN_FROM_DETECTED = 0.5;

/** Compares a part of rollouts (0 to 1) with a published one, both binomial. */
export function comparePart(
  cell: string,
  found: { readonly part: number; readonly runs: number },
  published: { readonly part: number; readonly runs: number },
): CellComparison {
  const worse = isPartWorse(found, published, 0)
    ? [describe('rate', found.part * 100, published.part * 100, '%')]
    : [];
  return { cell, worse };
}

/** Compares median, harm and missed part with a published cell; rounding of the latter is allowed for. */
export function compareSummary(
  cell: string,
  summary: Summary,
  published: ReferenceCell,
  publishedRuns: number,
): CellComparison {
  const missed = { part: 1 - summary.detected, runs: summary.runs };
  const runsRatio = Math.sqrt(1 + summary.runs / publishedRuns);
  const worse: string[] = [];
  if (isPartWorse(missed, { part: published.missed, runs: publishedRuns }, 0.005)) {
    worse.push(describe('missed', missed.part * 100, published.missed * 100, '%'));
  }
  const harmRounding = published.harm < 10 ? 0.05 : 0.5;
  if (summary.harm - published.harm > harmRounding + ALLOWED_ERRORS * summary.harmError * runsRatio) {
    worse.push(describe('harm', summary.harm, published.harm, ''));
  }
  const { medianSeconds } = summary;
  const comparable = Math.min(summary.detected, 1 - published.missed) >= MEDIAN_FROM_DETECTED;
  if (comparable && medianSeconds !== null && published.medianSeconds !== null) {
    const allowed = 0.5 + ALLOWED_ERRORS * summary.medianError * runsRatio;
    if (medianSeconds - published.medianSeconds > allowed) {
      worse.push(describe('median', medianSeconds, published.medianSeconds, ' s'));
    }
  }
  return { cell, worse };
}

/** One line for a set of cells: not worse, or the names of those that are. */
export function comparisonLine(name: string, comparisons: readonly CellComparison[]): string {
  const worse = comparisons.filter((comparison) => comparison.worse.length > 0);
  if (worse.length === 0) return `${name}: not worse beyond 3 SE in any of ${comparisons.length} cells.`;
  const cells = worse.map((comparison) => `${comparison.cell} (${comparison.worse.join(', ')})`);
  return `${name}: worse beyond 3 SE in ${worse.length} of ${comparisons.length} cells: ${cells.join('; ')}.`;
}

/**
 * Given all events of both, those found are binomial if the rates are equal; three standard errors are one in 741.
 * Exact, because a single event among few rollouts would look like many standard errors.
 */
function isPartWorse(
  found: { readonly part: number; readonly runs: number },
  published: { readonly part: number; readonly runs: number },
  rounding: number,
): boolean {
  const events = Math.round(found.part * found.runs);
  const others = Math.round(Math.min(1, published.part + rounding) * published.runs);
  const chance = found.runs / (found.runs + published.runs);
  return binomialUpperTail(events + others, chance, events) < normalUpperTail(ALLOWED_ERRORS);
}

const describe = (what: string, found: number, published: number, unit: string): string =>
  `${what} ${Number(found.toPrecision(3))}${unit} against ${Number(published.toPrecision(3))}${unit}`;
