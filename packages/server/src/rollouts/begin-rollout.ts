import { basename } from 'node:path';
import type { RolloutId, TrackId } from '@sluice/core/kernel/ids.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { requestRollout, type ArrivalPolicy, type RolloutRequest } from '@sluice/core/rollout/commands.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import { compilePlan, type Plan } from '@sluice/core/rollout/plan.ts';
import { revisionContent } from '@sluice/core/rollout/revision-content.ts';
import type { RevisionSummary, TrackState } from '@sluice/core/rollout/state.ts';
import type { PolicyOutcome } from '@sluice/core/policy/policy.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { changeTrack } from '../loop/change-track.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import { gatedPlan, gatesBefore, keepingDemands } from './gated-plan.ts';
import { withPolicies } from './policies-judged.ts';
import { storedJson } from '../store/database/column-values.ts';
import { refusedByState, refusedWith, type Refused } from './problems.ts';
import { RouteTaken, routeTaken } from './route-claims.ts';

/** A rollout that somebody asks for: what is to be rolled out, and how. */
export interface RolloutOrder extends Pick<RolloutRequest, 'lane' | 'by' | 'arrival' | 'source'> {
  readonly record: RevisionRecord;
  /** What policies said of it. */
  readonly outcomes?: readonly PolicyOutcome[];
  /** It was stable before: nothing holds it. */
  readonly isReturn?: boolean;
}

/** A rollout that was taken in, and its track as it is then. */
export interface BegunRollout {
  readonly id: RolloutId;
  readonly track: TrackState;
}

/** The loop commits a track each second at most; so many changes between two looks do not happen by chance. */
const LOOKS = 20;

/** Gives a rollout its id, takes it into its track together with its revision, and lets the loop look at once. */
export async function beginRollout(
  ports: ControlPlanePorts,
  order: RolloutOrder,
): Promise<Result<BegunRollout, Problem>> {
  const id = await ports.newRolloutId();
  let changed: Result<TrackState> | RouteTaken = movedOn(order.record.track);
  for (let look = 0; look < LOOKS; look++) {
    const { track } = order.record;
    const seen = (await ports.store.load(ports.tenant, track)) ?? newTrack(track);
    const known = await ports.store.revision(ports.tenant, track, order.record.id);
    if (known && contentOf(known) !== contentOf(order.record)) return sameName(known);
    changed = await tryToBegin(ports, { ...order, id, seen, known }).catch(refusedRoute);
    if (changed instanceof RouteTaken || changed.ok || changed.refusal.code !== MOVED_ON) break;
  }
  if (changed instanceof RouteTaken) return routeTaken(changed);
  ports.wakeLoop();
  return changed.ok ? ok({ id, track: changed.value }) : refusedByState(changed.refusal);
}

interface Attempt extends RolloutOrder {
  readonly id: RolloutId;
  /** The track as what it demands was read. */
  readonly seen: TrackState;
  /** The revision as it is kept already. */
  readonly known: RevisionRecord | null;
}

/** Takes a rollout in, unless the track has changed since it was looked at: what is stable then may demand something else. */
async function tryToBegin(
  ports: ControlPlanePorts,
  { record, outcomes = [], isReturn = false, id, seen, known, ...order }: Attempt,
): Promise<Result<TrackState>> {
  const { tenant, routes, store, now } = ports;
  const at = now();
  const isBehind = order.arrival === 'queue' && order.lane === 'normal';
  const before = isReturn ? 'exempt' : await gatesBefore(ports, seen, { isBehind });
  const wasStable = [seen.stable, ...seen.history].includes(record.id);
  const kept = known && wasStable ? keepingDemands(record, known) : record;
  return changeTrack(
    {
      ...store,
      commit: (commit) => routes.commit(withPolicies(commit, { rollout: id, at, outcomes }), record),
    },
    {
      tenant,
      track: record.track,
      actor: order.by,
      revisions: [kept],
      decide: (track) => {
        if (track.version !== seen.version) return movedOn(track.id);
        const compiled = compilePlan(record.component, {
          first: isFirst(track, order.arrival),
          lane: order.lane,
          shares: ports.places.of(record).router.capabilities().shares,
        });
        const plan = gatedPlan(compiled, before);
        const revision = revisionSummary(record, plan);
        return requestRollout(track, { id, revision, plan, trace: ports.currentTrace?.(), ...order }, at);
      },
    },
    now,
  );
}

const MOVED_ON = 'moved-on';

const movedOn = (track: TrackId): Result<never> =>
  refuse(MOVED_ON, `${track} is being changed by others all the time`, 'Try again in a moment.');

/**
 * What a revision is named for, as it is kept: its name is a short hash, which whoever wishes to can have twice.
 */
function contentOf(record: RevisionRecord): string {
  const { component, directory, version } = JSON.parse(storedJson(record)) as RevisionRecord;
  return revisionContent(component, { digest: directory && basename(directory), version });
}

const sameName = ({ id, track }: RevisionRecord): Refused =>
  refusedWith(409, 'revision-taken', {
    title: 'Another content has its name',
    detail: `${id} of ${track} is something else already, and revisions are not changed.`,
    remedy: 'Give the release a version of its own with `--version`.',
  });

function refusedRoute(thrown: unknown): RouteTaken {
  if (thrown instanceof RouteTaken) return thrown;
  throw thrown;
}

/** What a track remembers of a revision. */
export const revisionSummary = (record: RevisionRecord, plan: Plan): RevisionSummary => ({
  id: record.id,
  version: record.version,
  instances: record.component.instances,
  fullInstances: plan.fullInstances,
});

/** Whether nothing is stable, and nothing that this release waits for may become it. */
export const isFirst = ({ stable, active, queue }: TrackState, arrival: ArrivalPolicy): boolean =>
  stable === null && !(arrival === 'queue' && (active !== null || queue.length > 0));
