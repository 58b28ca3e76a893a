import type { RolloutId } from '@sluice/core/kernel/ids.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { requestRollout, type ArrivalPolicy, type RolloutRequest } from '@sluice/core/rollout/commands.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import { compilePlan, type Plan } from '@sluice/core/rollout/plan.ts';
import type { RevisionSummary, TrackState } from '@sluice/core/rollout/state.ts';
import type { PolicyOutcome } from '@sluice/core/policy/policy.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { changeTrack } from '../loop/change-track.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import { gatedPlan, gatesBefore } from './gated-plan.ts';
import { withPolicies } from './policies-judged.ts';
import { refusedByState } from './problems.ts';
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

/** Gives a rollout its id, takes it into its track together with its revision, and lets the loop look at once. */
export async function beginRollout(
  ports: ControlPlanePorts,
  { record, outcomes = [], isReturn = false, ...order }: RolloutOrder,
): Promise<Result<BegunRollout, Problem>> {
  const { tenant, routes, store, now } = ports;
  const id = await ports.newRolloutId();
  const at = now();
  const present = await store.load(tenant, record.track);
  const before = isReturn ? 'exempt' : await gatesBefore(ports, present ?? newTrack(record.track));
  const changing = changeTrack(
    {
      ...store,
      commit: (commit) => routes.commit(withPolicies(commit, { rollout: id, at, outcomes }), record),
    },
    {
      tenant,
      track: record.track,
      actor: order.by,
      revisions: [record],
      decide: (track) => {
        // Against the state that is committed: a first release may have become stable since somebody looked.
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
  const changed = await changing.catch(refusedRoute);
  if (changed instanceof RouteTaken) return routeTaken(changed);
  ports.wakeLoop();
  return changed.ok ? ok({ id, track: changed.value }) : refusedByState(changed.refusal);
}

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
