import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { rolloutId, trackId, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { requestRollout, underWay } from '@sluice/core/rollout/commands.ts';
import { EMPTY_BASELINE } from '@sluice/core/rollout/evidence.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import { compilePlan, type Plan } from '@sluice/core/rollout/plan.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { ReleaseReply, ReleaseRequest } from '@sluice/protocol/http/requests.ts';
import type { PolicyOutcome } from '@sluice/core/policy/policy.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { releasedSource, SourceUnusable, type Source } from '../bundles/source-folder.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { beginRollout, isFirst, type RolloutOrder, revisionSummary } from './begin-rollout.ts';
import type { ControlPlanePorts } from './control-plane-ports.ts';
import type { ReleaseOptions } from './control-plane.ts';
import { declaredApplication, type Declared } from './declared-application.ts';
import { gatedPlan, gatesBefore } from './gated-plan.ts';
import { unmetNeeds } from './needs.ts';
import { planView } from './plan-view.ts';
import { outcomesFor, outcomesView, policyWarnings, refusedByPolicies } from './policies-judged.ts';
import { refusedByState, refusedWith, type Refused } from './problems.ts';
import { candidacyOf, refusedByClusters, rehearsalWarnings } from './rehearsed.ts';
import { judgeCalls } from './refused-calls.ts';
import { revisionOf } from './revision-of.ts';
import { rolloutView } from './rollout-view.ts';
import { routeTaken } from './route-claims.ts';
import type { Settling } from './settle-application.ts';
import { otherPlace, unsharableRoute, unsupportedVerb } from './supported-plan.ts';

/** One component of a release, with its plan against the track as it is. */
interface Prepared {
  readonly record: RevisionRecord;
  readonly component: ComponentSpec;
  /** What has to be copied, and the name of the copy; null for what has no source of its own. */
  readonly copy: { readonly source: Source; readonly digest: string } | null;
  readonly before: TrackState;
  /** What is stable now, and what goes out before it and may be stable then. */
  readonly besides: readonly RevisionRecord[];
  readonly plan: Plan;
}

/** Takes a release in, or says what it would become. Everything that can be refused is refused before anything is changed. */
export async function release(
  ports: ControlPlanePorts,
  request: ReleaseRequest,
  options: ReleaseOptions,
): Promise<Result<ReleaseReply, Problem>> {
  try {
    return await takeIn(ports, request, options);
  } catch (thrown) {
    const refused = refusedSource(thrown);
    if (refused) return refused;
    throw thrown;
  }
}

async function takeIn(
  ports: ControlPlanePorts,
  request: ReleaseRequest,
  options: ReleaseOptions,
): Promise<Result<ReleaseReply, Problem>> {
  const { dryRun, mayNot } = options;
  const declared = declaredApplication(request, ports);
  if (!declared.ok) return declared;
  const calls = await judgeCalls(ports.check, declared.value.components);
  if (calls.refused) return calls.refused;
  const settled = await settledIn(declared.value, options.settle);
  if (!settled.ok) return settled;
  // Whether a new application may be released is asked for the project that it comes into.
  const forbidden = settled.value === null && (await forbiddenTrack(declared.value, mayNot));
  if (forbidden) return forbidden;
  const prepared = await Promise.all(
    declared.value.components.map((component) => prepare(ports, declared.value, component, request)),
  );
  const unsupported = prepared
    .map(
      ({ plan, record, besides }) =>
        otherPlace(record, besides) ??
        unsupportedVerb(plan, record, ports.places.of(record).router.capabilities()) ??
        unsharableRoute(plan, record, besides),
    )
    .find((refusal) => refusal !== undefined);
  if (unsupported) return unsupported;
  const changed = prepared.filter(
    ({ record, before }) => !isUnchanged(before, record) && !sameUnderWay(request, before, record),
  );
  const taken = (await takenRoute(ports, changed)) ?? (await takenId(ports, changed));
  if (taken) return taken;
  const [unmet, rehearsal, outcomes] = await Promise.all([
    unmetNeeds(
      ports,
      changed.map(({ record }) => record),
    ),
    ports.rehearse(changed.map(candidacyOf)),
    judged(ports, request, declared.value, { about: options.judgesAll ? prepared : changed, options }),
  ]);
  const objected = refusedByPolicies(outcomes) ?? unmet ?? refusedByClusters(rehearsal);
  if (objected && !dryRun) return objected;
  const conflict = changed
    .map((one) => refusedByTrack(request, one, ports.now()))
    .find((found) => found !== undefined);
  if (conflict && !dryRun) return conflict;
  const reply = await replyOf(ports, request, declared.value, prepared, changed);
  const warnings = [
    ...reply.warnings,
    ...calls.warnings,
    ...(unmet ? [unmet.refusal.detail] : []),
    ...rehearsalWarnings(rehearsal),
    ...policyWarnings(outcomes),
  ];
  const policies = outcomesView(outcomes);
  if (dryRun) return ok({ ...reply, warnings, policies });
  const placed = await settled.value?.place();
  if (placed?.ok === false) return placed;
  return begin(ports, request, { ...reply, warnings, policies }, { changed, outcomes });
}

/** What policies say of the components that would change. */
async function judged(
  { policies: gate }: ControlPlanePorts,
  { version = '', lane, by }: ReleaseRequest,
  { application: { application, environment, project } }: Declared,
  { about, options }: { readonly about: readonly Prepared[]; readonly options: ReleaseOptions },
): Promise<readonly PolicyOutcome[]> {
  if (!gate || about.length === 0) return [];
  const { dryRun, policies } = options;
  const components = about.map(({ record, plan }) => ({ record, plan: planView(plan, null) }));
  return gate.judge({ project, application, environment, version, lane, by, dryRun, components }, policies);
}

/** How the application comes into the project that its file names; null when it is there, or none is named. */
async function settledIn(
  { application: { application, environment, project } }: Declared,
  settle: ReleaseOptions['settle'],
): Promise<Result<Settling | null, Problem>> {
  return project === undefined || !settle ? ok(null) : settle({ application, environment, project });
}

/** The first component that whoever asks may not release, before anything of the others is looked at. */
async function forbiddenTrack(
  { application, components }: Declared,
  mayNot: ReleaseOptions['mayNot'],
): Promise<Refused | undefined> {
  for (const { name } of components) {
    const refusal = await mayNot?.(trackId(application.application, application.environment, name));
    if (refusal) return { ok: false, refusal };
  }
  return undefined;
}

/** What is wrong with a source folder is the caller's to mend, and no failure of ours. */
function refusedSource(thrown: unknown): Refused | undefined {
  if (!(thrown instanceof SourceUnusable)) return undefined;
  return refusedWith(422, 'source-unusable', {
    title: 'The source folder cannot be released',
    detail: `${thrown.message}.`,
    remedy:
      'Point `source` at a folder that holds the program and nothing that is written to; nothing was changed.',
  });
}

async function prepare(
  ports: ControlPlanePorts,
  { application }: Declared,
  component: ComponentSpec,
  request: ReleaseRequest,
): Promise<Prepared> {
  const copy = await copyOf(ports, component, request);
  const digest = copy?.digest ?? null;
  const directory = digest && ports.bundles.directory(digest);
  const record = revisionOf(application, component, { digest, directory, version: request.version });
  const before = (await ports.store.load(ports.tenant, record.track)) ?? newTrack(record.track);
  const { shares } = ports.places.of(record).router.capabilities();
  const compiled = compilePlan(component, {
    first: isFirst(before, request.onConflict),
    lane: request.lane,
    shares,
  });
  const { project } = application;
  const isBehind = request.onConflict === 'queue' && request.lane === 'normal';
  const plan = gatedPlan(compiled, await gatesBefore(ports, before, { isBehind, project }));
  const besides = await revisionsBeside(ports, before, request.onConflict);
  return { record, component, copy, before, besides, plan };
}

async function copyOf(
  { bundles }: ControlPlanePorts,
  { workload }: ComponentSpec,
  request: ReleaseRequest,
): Promise<Prepared['copy']> {
  if (workload.on !== 'machine') return null;
  const source = releasedSource(workload.source, request);
  return { source, digest: await bundles.digest(source) };
}

async function revisionsBeside(
  { store, tenant }: ControlPlanePorts,
  { id, stable, active, queue }: TrackState,
  arrival: ReleaseRequest['onConflict'],
): Promise<readonly RevisionRecord[]> {
  const before = arrival === 'queue' ? [active, ...queue].map((rollout) => rollout?.candidate) : [];
  const known = [stable, ...before].flatMap((revision) => revision ?? []);
  const records = await Promise.all(known.map((revision) => store.revision(tenant, id, revision)));
  return records.filter((record) => record !== null);
}

/** Asked again, with nobody in between, when each is begun; but here before any is. */
async function takenRoute(
  { routes, tenant }: ControlPlanePorts,
  prepared: readonly Prepared[],
): Promise<Refused | undefined> {
  for (const { record } of prepared) {
    const holder = await routes.holder(tenant, record);
    if (holder) return routeTaken({ revision: record, holder });
  }
  return undefined;
}

/** A release would take the queue over, and its tasks from workers that it does not know. */
async function takenId(
  { isRegisteredAgent }: ControlPlanePorts,
  prepared: readonly Prepared[],
): Promise<Refused | undefined> {
  for (const { component, record } of prepared)
    if (component.agents && (await isRegisteredAgent(record.track))) return agentRegistered(record.track);
  return undefined;
}

const agentRegistered = (track: TrackId): Refused =>
  refusedWith(409, 'agent-registered', {
    title: 'Agent registered',
    detail: `${track} is the id of a registered agent, whose workers connect by themselves; a release would take its tasks from them.`,
    remedy: `Name the component differently, or forget the agent with \`sluice agents remove ${track}\` and release again.`,
  });

/** Whether a component's track would refuse the release as it is, so that none of the others is begun without it. */
function refusedByTrack(
  request: ReleaseRequest,
  { before, record, plan }: Prepared,
  at: Instant,
): Refused | undefined {
  const { lane, by, onConflict: arrival } = request;
  const revision = revisionSummary(record, plan);
  const asked = requestRollout(before, { id: rolloutId('to-be'), lane, revision, plan, by, arrival }, at);
  return asked.ok ? undefined : refusedByState(asked.refusal);
}

const sameUnderWay = (
  { lane, onConflict: arrival }: ReleaseRequest,
  track: TrackState,
  { id: revision }: RevisionRecord,
) => underWay(track, { revision, lane, arrival });

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
    underWay: prepared.flatMap(({ record, before }) => {
      const same = sameUnderWay(request, before, record);
      return same ? [{ ...namesOf(record), rollout: same.id }] : [];
    }),
    unchanged: prepared
      .filter(({ record, before }) => isUnchanged(before, record))
      .map(({ record }) => namesOf(record)),
    warnings: [...warnings, ...rollouts.flatMap(({ plan }) => plan.warnings)],
  };
}

const namesOf = ({ id, track, component }: RevisionRecord) => ({
  track,
  component: component.name,
  revision: id,
});

async function begin(
  ports: ControlPlanePorts,
  request: ReleaseRequest,
  reply: ReleaseReply,
  {
    changed,
    outcomes,
  }: { readonly changed: readonly Prepared[]; readonly outcomes: readonly PolicyOutcome[] },
): Promise<Result<ReleaseReply, Problem>> {
  const rollouts: ReleaseReply['rollouts'] = [];
  for (const { copy } of changed) if (copy) await ports.bundles.keep(copy.source, copy.digest);
  for (const [index, prepared] of changed.entries()) {
    const begun = await beginOne(ports, request, {
      ...prepared,
      outcomes: outcomesFor(outcomes, prepared.component.name),
    });
    if (!begun.ok)
      return rollouts.length === 0
        ? begun
        : ok({ ...reply, rollouts, warnings: [...reply.warnings, begun.refusal.detail] });
    const planned = reply.rollouts[index];
    if (planned) rollouts.push({ ...planned, rollout: begun.value });
  }
  return ok({ ...reply, rollouts });
}

async function beginOne(
  ports: ControlPlanePorts,
  request: ReleaseRequest,
  { record, outcomes }: Prepared & Pick<RolloutOrder, 'outcomes'>,
) {
  const { lane, by, onConflict: arrival, source } = request;
  const begun = await beginRollout(ports, { record, lane, by, arrival, source, outcomes: outcomes ?? [] });
  if (!begun.ok) return begun;
  const { id, track } = begun.value;
  const rollout = [track.active, ...track.queue].find((one) => one?.id === id);
  return ok(rollout ? rolloutView(record.track, rollout, track) : null);
}
