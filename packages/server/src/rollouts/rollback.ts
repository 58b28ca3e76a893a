import { trackIdFrom, type RevisionId } from '@sluice/core/kernel/ids.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { isGoingForward } from '@sluice/core/rollout/commands.ts';
import { compilePlan, type RolloutLane } from '@sluice/core/rollout/plan.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { RollbackRequest } from '@sluice/protocol/http/requests.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { beginRollout } from './begin-rollout.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import { notFound, refusedWith, type Refused } from './problems.ts';
import { otherPlace, unsharableRoute, unsupportedVerb } from './supported-plan.ts';

/** Brings an earlier revision back: at once, or by the component's own steps. */
export async function rollback(
  ports: ControlPlanePorts,
  id: string,
  request: RollbackRequest,
): Promise<Result<TrackState, Problem>> {
  const track = await ports.store.load(ports.tenant, trackIdFrom(id));
  if (!track) return notFound(`The track ${id}`, '`sluice status` lists what there is.');
  const ambiguous = request.to === undefined ? ambiguousWish(track) : undefined;
  if (ambiguous) return ambiguous;
  const wanted = chosenRevision(track, request.to);
  if (!wanted.ok) return wanted;
  const record = await ports.store.revision(ports.tenant, track.id, wanted.value);
  if (!record)
    return notFound(`The revision ${wanted.value}`, '`sluice history` lists what can be brought back.');
  const lane = request.bySteps ? 'normal' : 'undo';
  const impossible = await impossibleSteps(ports, track, record, lane);
  if (impossible) return impossible;
  const begun = await beginRollout(ports, {
    record,
    lane,
    by: request.by,
    arrival: 'supersede',
    isReturn: true,
  });
  return begun.ok ? ok(begun.value.track) : begun;
}

/** Whoever says no more than "back" while a release goes out means that release, and stable may be in good health. */
function ambiguousWish({ id, active, stable, revisions }: TrackState): Refused | undefined {
  if (!active || !stable || !isGoingForward(active)) return undefined;
  return refusedWith(409, 'under-way', {
    title: 'A release is under way',
    detail: `${active.version} is being rolled out on ${id}, and ${revisions[stable]?.version ?? stable} is stable.`,
    remedy: `\`sluice abort\` takes ${active.version} back; to go behind what is stable, name it with \`--to\`.`,
  });
}

/** Its own steps were checked against what was stable when it was released, and not against what is stable now. */
async function impossibleSteps(
  { store, tenant, places }: ControlPlanePorts,
  track: TrackState,
  record: RevisionRecord,
  lane: RolloutLane,
): Promise<Refused | undefined> {
  const capabilities = places.of(record).router.capabilities();
  const plan = compilePlan(record.component, { first: false, lane, shares: capabilities.shares });
  const stable = track.stable && (await store.revision(tenant, track.id, track.stable));
  const besides = stable ? [stable] : [];
  return (
    otherPlace(record, besides) ??
    unsupportedVerb(plan, record, capabilities) ??
    unsharableRoute(plan, record, besides)
  );
}

/** By revision id or version label, the newest first; without a wish the one before stable. */
function chosenRevision(track: TrackState, to: string | undefined): Result<RevisionId, Problem> {
  const candidates = [...track.history].reverse();
  const names = candidates.map((revision) => track.revisions[revision]?.version ?? revision);
  const index =
    to === undefined
      ? candidates.findIndex((revision) => revision !== track.stable)
      : candidates.findIndex((revision, place) => revision === to || names[place] === to);
  const found = candidates[index];
  if (found) return ok(found);
  const known =
    names.length > 0 ? `It can go back to ${names.join(', ')}.` : 'Nothing has been promoted yet.';
  return refusedWith(409, 'no-such-revision', {
    title: 'Nothing to go back to',
    detail:
      to === undefined
        ? `${track.id} has had no other stable revision.`
        : `${track.id} remembers no revision ${to}.`,
    remedy: known,
  });
}
