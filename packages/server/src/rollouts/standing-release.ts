import { type TrackId, trackNames } from '@sluice/core/kernel/ids.ts';
import { compilePlan } from '@sluice/core/rollout/plan.ts';
import { planView } from './plan-view.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import type { TrafficRouter } from '../routing/traffic-router.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ReleaseInQuestion } from '../policies/policy-gate.ts';

/** What a track has now, as a release that somebody would ask for again; null while it has nothing. */
export type StandingRelease = (track: TrackId, by: string) => Promise<ReleaseInQuestion | null>;

interface StandingPorts extends Pick<ControlPlanePorts, 'store' | 'tenant'> {
  readonly places: {
    of(record: RevisionRecord): { readonly router: Pick<TrafficRouter, 'capabilities'> };
  };
}

/** What is under way on a track, or else what is stable there, with the plan that it has or would have. */
export const standingRelease =
  ({ store, tenant, places }: StandingPorts): StandingRelease =>
  async (id, by) => {
    const track = await store.load(tenant, id);
    const wanted = track?.active?.candidate ?? track?.stable;
    const record = wanted ? await store.revision(tenant, id, wanted) : null;
    if (!track || !record) return null;
    const { shares } = places.of(record).router.capabilities();
    const lane = track.active?.lane ?? 'normal';
    const plan = track.active?.plan ?? compilePlan(record.component, { first: false, lane, shares });
    const { application, environment } = trackNames(id);
    return {
      ...{ application, environment, version: record.version, lane, by, dryRun: true },
      components: [{ record, plan: planView(plan, null) }],
    };
  };
