import type { RolloutId } from '@sluice/core/kernel/ids.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { requestRollout, type RolloutRequest } from '@sluice/core/rollout/commands.ts';
import type { Plan } from '@sluice/core/rollout/plan.ts';
import type { RevisionSummary, TrackState } from '@sluice/core/rollout/state.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { changeTrack } from '../loop/change-track.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import { refusedByState } from './problems.ts';

/** A rollout that somebody asks for: what is to be rolled out, and how. */
export interface RolloutOrder extends Pick<RolloutRequest, 'lane' | 'plan' | 'by' | 'arrival'> {
  readonly record: RevisionRecord;
}

/** A rollout that was taken in, and its track as it is then. */
export interface BegunRollout {
  readonly id: RolloutId;
  readonly track: TrackState;
}

/** Gives a rollout its id, takes it into its track together with its revision, and lets the loop look at once. */
export async function beginRollout(
  ports: ControlPlanePorts,
  { record, ...order }: RolloutOrder,
): Promise<Result<BegunRollout, Problem>> {
  const { tenant, store, now } = ports;
  const id = await ports.newRolloutId();
  const at = now();
  const revision = revisionSummary(record, order.plan);
  const changed = await changeTrack(
    store,
    {
      tenant,
      track: record.track,
      actor: order.by,
      revisions: [record],
      decide: (track) => requestRollout(track, { id, revision, ...order }, at),
    },
    now,
  );
  ports.wakeLoop();
  return changed.ok ? ok({ id, track: changed.value }) : refusedByState(changed.refusal);
}

/** What a track remembers of a revision. */
export const revisionSummary = (record: RevisionRecord, plan: Plan): RevisionSummary => ({
  id: record.id,
  version: record.version,
  instances: record.component.instances,
  fullInstances: plan.fullInstances,
});
