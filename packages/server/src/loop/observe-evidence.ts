import type { ArmTick, EventCount, Tick } from '@sluice/core/analysis/tick.ts';
import type { ObservedMetrics } from '@sluice/core/rollout/observation.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import type { ArmCounts, MetricsProvider, TrafficTick } from '../metrics/metrics-provider.ts';
import { observeExpressions } from './observe-expressions.ts';

const NOTHING: ArmCounts = { requests: 0, errors: 0, latency: [], trials: 0, goals: 0, mirrorMismatches: 0 };
/** Phases in which a candidate may have requests. */
const WATCHED = new Set(['running', 'held', 'promoting', 'rolling-back']);

/** Reads what is new about the active rollout's candidate and its stable revision. */
export async function observeEvidence(metrics: MetricsProvider, track: TrackState): Promise<ObservedMetrics> {
  const { active } = track;
  if (!active?.evidence || !WATCHED.has(active.phase.name)) return { kind: 'not-asked' };
  const seen = await metrics.observe(track.id, active.evidence.cursor);
  if (seen.kind === 'provider-error') return seen;
  const looked = { from: active.evidence.cursor, until: seen.cursor };
  const expressions = await observeExpressions(metrics, track.id, active, looked);
  // Without them the cursor stays where it is, and the same seconds are read again.
  if ('kind' in expressions) return expressions;
  return {
    kind: 'ticks',
    ticks: seen.ticks.map((tick) => evidenceTick(tick, active)),
    cursor: seen.cursor,
    expressions,
  };
}

/** What a tick says of the candidate of a rollout and of its stable revision. */
export function evidenceTick(tick: TrafficTick, rollout: Rollout): Tick {
  const candidate = tick.arms[rollout.candidate] ?? NOTHING;
  const stable = (rollout.stable !== null ? tick.arms[rollout.stable] : undefined) ?? NOTHING;
  return {
    at: tick.at,
    durationMs: tick.durationMs,
    candidate: armOf(candidate),
    stable: armOf(stable),
    warmingUp: false,
    custom: {
      goal: { candidate: goalsOf(candidate), stable: goalsOf(stable) },
      ...customOf(rollout.plan.analysis.judge.custom, candidate, stable),
    },
  };
}

const armOf = ({ requests, errors, latency, cost }: ArmCounts): ArmTick => ({
  ...{ requests, errors, latency },
  ...(cost && { cost }),
});

/** Of what is judged, what was counted. */
function customOf(
  names: readonly string[],
  candidate: ArmCounts,
  stable: ArmCounts,
): NonNullable<Tick['custom']> {
  const none: EventCount = { trials: 0, events: 0 };
  const counted = names.flatMap((name) => {
    const [ours, theirs] = [candidate.custom?.[name] ?? none, stable.custom?.[name] ?? none];
    return ours.trials + theirs.trials > 0 ? [[name, { candidate: ours, stable: theirs }] as const] : [];
  });
  return Object.fromEntries(counted);
}

/** A visitor may reach the goal more often than the start within a second; a proportion cannot exceed one. */
const goalsOf = ({ goals, trials }: ArmCounts): { events: number; trials: number } => ({
  events: Math.min(goals, trials),
  trials,
});
