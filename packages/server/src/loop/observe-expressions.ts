import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ExpressionResult, ObservedMetrics } from '@sluice/core/rollout/observation.ts';
import type { Rollout } from '@sluice/core/rollout/state.ts';
import { Arm, compileTrafficExpression } from '../expressions/traffic-expression.ts';
import type { MetricsProvider, TrafficTick } from '../metrics/metrics-provider.ts';
import { expressionWindows, type Window } from './expression-windows.ts';

/**
 * Evaluates each expression of the rollout's plan over the windows of the present step that ended with what was looked
 * at, in their order. A window of which seconds are missing is no data, as their requests could have made it true; so is
 * one in which the expression has no value. Whatever people wrote there, it never keeps a track from being worked on.
 */
export async function observeExpressions(
  metrics: MetricsProvider,
  track: TrackId,
  rollout: Rollout,
  looked: Window,
): Promise<readonly ExpressionResult[] | Extract<ObservedMetrics, { kind: 'provider-error' }>> {
  const since = stepSince(rollout);
  const specs = since === null ? [] : rollout.plan.analysis.expressions;
  const due = specs.flatMap(({ expression, windowMs }, index) =>
    expressionWindows(since ?? 0, windowMs, looked).map((window) => ({ index, expression, window })),
  );
  if (due.length === 0) return [];
  const earliest = Math.min(...due.map(({ window }) => window.from));
  const seen = await metrics.observe(track, earliest);
  if (seen.kind !== 'ticks') return seen;
  return due
    .toSorted((a, b) => a.window.until - b.window.until || a.index - b.index)
    .map(({ index, expression, window }) => ({
      index,
      ...evaluate(expression, window, seen.ticks, rollout),
    }));
}

/** When the present step began; null while nothing follows from an expression. */
function stepSince({ phase }: Rollout): Instant | null {
  if (phase.name === 'running' || phase.name === 'promoting') return phase.since;
  return phase.name === 'held' ? phase.stepSince : null;
}

function evaluate(
  expression: string,
  window: Window,
  seen: readonly TrafficTick[],
  { candidate, stable }: Rollout,
): Omit<ExpressionResult, 'index'> {
  const ticks = seen.filter(({ at }) => at >= window.from && at < window.until);
  if (!isWhole(window, ticks)) return { outcome: 'no-data', detail: 'seconds of the window are missing' };
  const armOf = (revision: string | null): Arm =>
    new Arm(ticks.flatMap(({ arms }) => (revision !== null && arms[revision] ? [arms[revision]] : [])));
  const facts = {
    candidate: armOf(candidate),
    stable: armOf(stable),
    seconds: (window.until - window.from) / 1000,
  };
  const compiled = compileTrafficExpression(expression);
  if (!compiled.ok || facts.candidate.requests === 0)
    return { outcome: 'no-data', detail: 'no requests in the window' };
  const detail = `candidate ${facts.candidate.words}; stable ${facts.stable.words}`;
  const isTrue = compiled.value(facts);
  if (isTrue === null)
    return { outcome: 'no-data', detail: `nothing follows from it in the window: ${detail}` };
  return { outcome: isTrue ? 'ok' : 'violated', detail };
}

/** Whether the ticks cover the window, but for less than one of them at its ends. */
function isWhole({ from, until }: Window, ticks: readonly TrafficTick[]): boolean {
  const covered = ticks.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const longest = Math.max(0, ...ticks.map(({ durationMs }) => durationMs));
  return covered > 0 && covered + longest > until - from;
}
