import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { EMPTY_BASELINE } from '@sluice/core/rollout/evidence.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import { compilePlan, type Plan } from '@sluice/core/rollout/plan.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { ReleaseReply, ReleaseRequest } from '@sluice/protocol/http/requests.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { beginRollout } from './begin-rollout.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import { declaredApplication, type Declared } from './declared-application.ts';
import { unmetNeeds } from './needs.ts';
import { planView } from './plan-view.ts';
import { revisionOf } from './revision-of.ts';
import { rolloutView } from './rollout-view.ts';
import { unsupportedVerb } from './supported-plan.ts';

/** One component of a release, with its plan against the track as it is. */
interface Prepared {
  readonly record: RevisionRecord;
  readonly component: ComponentSpec;
  /** Names the copy of its source. */
  readonly digest: string;
  readonly before: TrackState;
  readonly plan: Plan;
}

/** Takes a release in, or says what it would become. Everything that can be refused is refused before anything is changed. */
export async function release(
  ports: ControlPlanePorts,
  request: ReleaseRequest,
  { dryRun }: { readonly dryRun: boolean },
): Promise<Result<ReleaseReply, Problem>> {
  const declared = declaredApplication(request);
  if (!declared.ok) return declared;
  const prepared = await Promise.all(
    declared.value.components.map((component) => prepare(ports, declared.value, component, request)),
  );
  const unsupported = prepared
    .map(({ plan, record }) => unsupportedVerb(plan, record, ports.router.capabilities()))
    .find((refusal) => refusal !== undefined);
  if (unsupported) return unsupported;
  const changed = prepared.filter(({ record, before }) => !isUnchanged(before, record));
  const unmet = await unmetNeeds(
    ports,
    changed.map(({ record }) => record),
  );
  if (unmet && !dryRun) return unmet;
  const reply = await replyOf(ports, request, declared.value, prepared, changed);
  const warnings = unmet ? [...reply.warnings, unmet.refusal.detail] : reply.warnings;
  if (dryRun) return ok({ ...reply, warnings });
  return begin(ports, request, reply, changed);
}

async function prepare(
  ports: ControlPlanePorts,
  { application }: Declared,
  component: ComponentSpec,
  request: ReleaseRequest,
): Promise<Prepared> {
  const digest = await ports.bundles.digest(component.source);
  const directory = ports.bundles.directory(digest);
  const record = revisionOf(application, component, { digest, directory, version: request.version });
  const before = (await ports.store.load(ports.tenant, record.track)) ?? newTrack(record.track);
  const plan = compilePlan(component, { first: before.stable === null, lane: request.lane });
  return { record, component, digest, before, plan };
}

const isUnchanged = (track: TrackState, record: RevisionRecord): boolean =>
  track.stable === record.id && track.active === null && track.queue.length === 0;

async function replyOf(
  ports: ControlPlanePorts,
  request: ReleaseRequest,
  { application, warnings }: Declared,
  prepared: readonly Prepared[],
  changed: readonly Prepared[],
): Promise<ReleaseReply> {
  const rollouts = await Promise.all(
    changed.map(async ({ record, before, plan }) => {
      const baseline =
        before.stable === null
          ? EMPTY_BASELINE
          : await ports.baselines.freeze(ports.tenant, record.track, before.stable).catch(() => null);
      return {
        track: record.track,
        component: record.component.name,
        revision: record.id,
        plan: planView(plan, before.stable === null ? null : baseline),
        rollout: null,
      };
    }),
  );
  return {
    application: application.application,
    environment: application.environment,
    version: request.version ?? prepared[0]?.record.version ?? '',
    rollouts,
    unchanged: prepared
      .filter((one) => !changed.includes(one))
      .map(({ record }) => ({ track: record.track, component: record.component.name, revision: record.id })),
    warnings: [...warnings, ...rollouts.flatMap(({ plan }) => plan.warnings)],
  };
}

async function begin(
  ports: ControlPlanePorts,
  request: ReleaseRequest,
  reply: ReleaseReply,
  changed: readonly Prepared[],
): Promise<Result<ReleaseReply, Problem>> {
  const rollouts: ReleaseReply['rollouts'] = [];
  for (const [index, prepared] of changed.entries()) {
    await ports.bundles.keep(prepared.component.source, prepared.digest);
    const begun = await beginOne(ports, request, prepared);
    if (!begun.ok)
      return rollouts.length === 0
        ? begun
        : ok({ ...reply, rollouts, warnings: [...reply.warnings, begun.refusal.detail] });
    const planned = reply.rollouts[index];
    if (planned) rollouts.push({ ...planned, rollout: begun.value });
  }
  return ok({ ...reply, rollouts });
}

async function beginOne(ports: ControlPlanePorts, request: ReleaseRequest, { record, plan }: Prepared) {
  const { lane, by, onConflict: arrival } = request;
  const begun = await beginRollout(ports, { record, plan, lane, by, arrival });
  if (!begun.ok) return begun;
  const { id, track } = begun.value;
  const rollout = [track.active, ...track.queue].find((one) => one?.id === id);
  return ok(rollout ? rolloutView(record.track, rollout, track) : null);
}
