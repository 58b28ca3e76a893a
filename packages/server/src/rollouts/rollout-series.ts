/**
 * The course of a rollout over time. Whoever counts requests keeps its seconds for a quarter of an hour, and the store its
 * minutes for weeks; nothing more is written for it. The line of the evidence is reckoned anew from those seconds by the
 * judge's own formulas, and ends where the judge stands.
 */
import { quantile } from '@sluice/core/analysis/histogram.ts';
import { evidenceOf } from '@sluice/core/analysis/judge-evidence.ts';
import { judgePlan, startJudge, type JudgeState } from '@sluice/core/analysis/judge-state.ts';
import { observeTicks } from '@sluice/core/analysis/observe-ticks.ts';
import { mergeAll } from '@sluice/core/analysis/histogram.ts';
import type { ArmTick, Tick } from '@sluice/core/analysis/tick.ts';
import { trackIdFrom, type RevisionId } from '@sluice/core/kernel/ids.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Rollout } from '@sluice/core/rollout/state.ts';
import { shareOf } from '@sluice/core/traffic/split.ts';
import type { RolloutSeriesView, SeriesPointView } from '@sluice/protocol/http/series.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { evidenceTick } from '../loop/observe-evidence.ts';
import { rolloutEnd } from '../loop/rollout-end.ts';
import type { TrafficMinute } from '../store/traffic/traffic-minutes.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import { notFound } from './problems.ts';

/** More points than this no chart shows. */
const POINTS_LIMIT = 180;
/** What was before a rollout began says how stable did without it, in milliseconds. */
const BEFORE_MS = 30_000;
const MINUTE_MS = 60_000;
/** Odds beyond it say nothing more. */
const LOG_ODDS_CAP = Math.log(1e12);

/** Says how a rollout's requests came out over time. */
export async function rolloutSeries(
  ports: ControlPlanePorts,
  id: string,
): Promise<Result<RolloutSeriesView, Problem>> {
  const found = await ports.records.rollout(id);
  if (!found) return notFound(`The rollout ${id}`, '`sluice history` lists the rollouts.');
  const track = await ports.store.load(ports.tenant, trackIdFrom(found.track));
  const live = track?.active?.id === id ? track.active : undefined;
  const rollout = live ?? found.rollout;
  const share = live && track ? shareOf(track.split, live.candidate) : 0;
  const span = spanOf(rollout, ports.now());
  const view = { rollout: id, bound: rollout.evidence ? 1 / rollout.plan.analysis.judge.alpha : null };
  if (span === null) return ok({ ...view, stepSeconds: 1, source: 'none', points: [] });
  const ticks = await secondsOf(ports, found.track, rollout, span);
  if (ticks !== null) return ok({ ...view, source: 'seconds', ...pointsOf(rollout, ticks, share) });
  const minutes = await ports.records.trafficMinutes(found.track, {
    since: span.from,
    until: span.until,
    revisions: [rollout.candidate, ...(rollout.stable === null ? [] : [rollout.stable])],
  });
  const points = minutePoints(rollout, minutes);
  return ok({ ...view, stepSeconds: 60, source: points.length === 0 ? 'none' : 'minutes', points });
}

interface Span {
  readonly from: number;
  readonly until: number;
}

function spanOf({ startedAt, phase }: Rollout, now: number): Span | null {
  return startedAt === null ? null : { from: startedAt - BEFORE_MS, until: rolloutEnd(phase)?.at ?? now };
}

/** The seconds that are still kept; null when they no longer reach back to the rollout's beginning. */
async function secondsOf(
  { places, store, tenant }: ControlPlanePorts,
  track: string,
  rollout: Rollout,
  { from, until }: Span,
): Promise<readonly Tick[] | null> {
  const record = await store.revision(tenant, trackIdFrom(track), rollout.candidate);
  if (!record) return null;
  const seen = await places.of(record).metrics.observe(trackIdFrom(track), from);
  const started = rollout.startedAt ?? from;
  const first = seen.kind === 'ticks' ? seen.ticks[0] : undefined;
  // Without requests there are no ticks either: what begins late may have lost its beginning, or had none.
  if (seen.kind !== 'ticks' || first === undefined || first.at > started + MINUTE_MS) return null;
  const warmUntil = rollout.evidence?.warmUntil ?? 0;
  return seen.ticks
    .filter(({ at }) => at <= until)
    .map((tick) => ({ ...evidenceTick(tick, rollout), warmingUp: tick.at < warmUntil }));
}

function pointsOf(
  rollout: Rollout,
  ticks: readonly Tick[],
  shareBasisPoints: number,
): Pick<RolloutSeriesView, 'stepSeconds' | 'points'> {
  const [first, last] = [ticks[0]?.at ?? 0, ticks.at(-1)?.at ?? 0];
  const stepSeconds = Math.max(1, Math.ceil((last - first + 1000) / 1000 / POINTS_LIMIT));
  const groups = Map.groupBy(ticks, ({ at }) => Math.floor((at - first) / (stepSeconds * 1000)));
  let judge: JudgeState | null = startOf(rollout);
  // What was counted after the verdict, the judge did not weigh.
  const [from, until] = [rollout.startedAt ?? 0, rollout.verdictAt ?? Infinity];
  const points: SeriesPointView[] = [];
  for (const [group, inside] of groups) {
    const judged = inside.filter(({ at }) => at >= from && at < until);
    if (judge && judged.length > 0) judge = observeTicks(judge, judged, { shareBasisPoints });
    points.push({
      at: first + group * stepSeconds * 1000,
      candidate: armPoint(inside.map(({ candidate }) => candidate)),
      stable: armPoint(inside.map(({ stable }) => stable)),
      odds: judge && judged.length > 0 ? oddsOf(judge) : null,
    });
  }
  return { stepSeconds, points: endingAt(rollout, points) };
}

function startOf({ evidence, plan }: Rollout): JudgeState | null {
  return evidence ? startJudge(plan.analysis.judge, evidence.baseline) : null;
}

function oddsOf(state: JudgeState): number {
  return Math.exp(Math.min(LOG_ODDS_CAP, evidenceOf(state, judgePlan(state.spec, state.baseline)).all));
}

/** The last point says what the judge itself has, whatever the shares were on the way. */
function endingAt({ evidence }: Rollout, points: readonly SeriesPointView[]): SeriesPointView[] {
  const last = points.findLastIndex(({ odds }) => odds !== null);
  return points.map((point, at) =>
    evidence && at === last ? { ...point, odds: oddsOf(evidence.judge) } : point,
  );
}

function armPoint(arms: readonly ArmTick[]): SeriesPointView['candidate'] {
  const requests = arms.reduce((total, arm) => total + arm.requests, 0);
  if (requests === 0) return null;
  const latency = mergeAll(arms.map((arm) => arm.latency));
  const at = (q: number): number | null => quantile(latency, q) ?? null;
  const errors = arms.reduce((total, arm) => total + arm.errors, 0);
  return { requests, errors, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

function minutePoints(rollout: Rollout, minutes: readonly TrafficMinute[]): SeriesPointView[] {
  const byMinute = Map.groupBy(minutes, ({ minute }) => minute);
  const armOf = (inside: readonly TrafficMinute[], revision: RevisionId | null) => {
    const counted = inside.find((minute) => minute.revision === revision);
    if (!counted) return null;
    const { requests, errors } = counted;
    return { requests, errors, p50Ms: null, p95Ms: null, p99Ms: null };
  };
  return [...byMinute.entries()]
    .sort(([a], [b]) => a - b)
    .map(([at, inside]) => ({
      at,
      candidate: armOf(inside, rollout.candidate),
      stable: armOf(inside, rollout.stable),
      odds: null,
    }));
}
