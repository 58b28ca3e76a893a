import type { ArmTick, Tick } from '@sluice/core/analysis/tick.ts';
import type { ExpressionResult, ObservedMetrics } from '@sluice/core/rollout/observation.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import { Arm, compileTrafficExpression } from '../expressions/traffic-expression.ts';
import type { ArmCounts, MetricsProvider, TrafficTick } from '../metrics/metrics-provider.ts';

/** What evidence is read through. */
export interface EvidencePorts {
  readonly metrics: MetricsProvider;
}

const NOTHING: ArmCounts = { requests: 0, errors: 0, latency: [], trials: 0, goals: 0, mirrorMismatches: 0 };
/** Phases in which a candidate may have requests. */
const WATCHED = new Set(['running', 'held', 'promoting', 'rolling-back']);

/** Reads what is new about the active rollout's candidate and its stable revision. */
export async function observeEvidence(ports: EvidencePorts, track: TrackState): Promise<ObservedMetrics> {
  const { active } = track;
  if (!active?.evidence || !WATCHED.has(active.phase.name)) return { kind: 'not-asked' };
  const seen = await ports.metrics.observe(track.id, active.evidence.cursor);
  if (seen.kind === 'provider-error') return seen;
  const expressions = await observeExpressions(ports, track, active, {
    from: active.evidence.cursor,
    to: seen.cursor,
  });
  return {
    kind: 'ticks',
    ticks: seen.ticks.map((tick) => tickOf(tick, active)),
    cursor: seen.cursor,
    expressions,
  };
}

function tickOf(tick: TrafficTick, rollout: Rollout): Tick {
  const candidate = tick.arms[rollout.candidate] ?? NOTHING;
  const stable = (rollout.stable !== null ? tick.arms[rollout.stable] : undefined) ?? NOTHING;
  return {
    at: tick.at,
    durationMs: tick.durationMs,
    candidate: armOf(candidate),
    stable: armOf(stable),
    warmingUp: false,
    custom: { goal: { candidate: goalsOf(candidate), stable: goalsOf(stable) } },
  };
}

const armOf = ({ requests, errors, latency }: ArmCounts): ArmTick => ({ requests, errors, latency });

/** A visitor may reach the goal more often than the start within a second; a proportion cannot exceed one. */
const goalsOf = ({ goals, trials }: ArmCounts): { events: number; trials: number } => ({
  events: Math.min(goals, trials),
  trials,
});

/** Evaluates each expression over the windows that ended since the last look; windows lie on a fixed grid. */
async function observeExpressions(
  ports: EvidencePorts,
  track: TrackState,
  rollout: Rollout,
  looked: { readonly from: number; readonly to: number },
): Promise<readonly ExpressionResult[]> {
  const results: ExpressionResult[] = [];
  for (const [index, spec] of rollout.plan.analysis.expressions.entries()) {
    const end = Math.floor(looked.to / spec.windowMs) * spec.windowMs;
    if (end <= looked.from) continue;
    const window = await ports.metrics.observe(track.id, end - spec.windowMs);
    if (window.kind !== 'ticks') continue;
    const ticks = window.ticks.filter((tick) => tick.at < end);
    results.push(evaluate(spec.expression, index, ticks, rollout, spec.windowMs));
  }
  return results;
}

function evaluate(
  expression: string,
  index: number,
  ticks: readonly TrafficTick[],
  rollout: Rollout,
  windowMs: number,
): ExpressionResult {
  const side = (revision: string | null): Arm =>
    new Arm(ticks.flatMap((tick) => (revision !== null && tick.arms[revision] ? [tick.arms[revision]] : [])));
  const facts = {
    candidate: side(rollout.candidate),
    stable: side(rollout.stable),
    seconds: windowMs / 1000,
  };
  const compiled = compileTrafficExpression(expression);
  if (!compiled.ok || facts.candidate.requests === 0)
    return { index, outcome: 'no-data', detail: 'no requests in the window' };
  const detail = `candidate ${describeArm(facts.candidate)}; stable ${describeArm(facts.stable)}`;
  return { index, outcome: compiled.value(facts) ? 'ok' : 'violated', detail };
}

const describeArm = (arm: Arm): string =>
  `${arm.errors} of ${arm.requests} failed, p95 ${Math.round(arm.p95)} ms`;
