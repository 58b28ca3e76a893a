import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { asObject } from '@sluice/kubernetes/objects/as-object.ts';
import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { renderTrack } from '@sluice/kubernetes/render/render-track.ts';
import { againOnConflict, ONLY_IF_ABSENT, overtaken } from '../../../kubernetes/fencing.ts';
import type { CapacityRequest } from '../../target.ts';
import { renderedRevision } from '../apply-revision.ts';
import { contentOf } from '../order-marks.ts';
import { removedUntil } from '../removals.ts';
import { hasTemplate } from './departure-of.ts';
import {
  holderOf,
  type InPlaceMarks,
  marksAnnotation,
  marksOn,
  podsOf,
  templateImages,
} from './in-place-marks.ts';
import {
  decidedOf,
  furtherPatch,
  heldBy,
  type InPlaceApplyPorts,
  metadataOf,
  ordered,
  rendering,
  repairPatch,
  templatePatch,
} from './in-place-patches.ts';
import { type InPlacePlace, movementTo, reachOf, updateFrom } from './movement.ts';

/** The workload of a component. */
export const workloadOf = ({ namespace, workload }: InPlacePlace): ObjectReference => ({
  apiVersion: 'apps/v1',
  kind: workload.workload,
  namespace,
  name: workload.name,
});

/**
 * Orders that so many pods of a workload are a revision's. When fewer are meant for it, the workload's template becomes
 * the revision's and moves on; otherwise only the order is marked, and the pods go as the other side grows. An object that
 * somebody else made is adopted by a merge patch of number, update strategy and template; one that somebody else has changed
 * since is put right when the order that it departs from is given again.
 *
 * @returns the workload as the server has it
 */
export function applyInPlace(ports: InPlaceApplyPorts, request: CapacityRequest): Promise<KubernetesObject> {
  return againOnConflict(async () => {
    const reference = workloadOf(ports.settings);
    const present = await ports.client.read(reference);
    if (present === undefined) return makeWorkload(ports, request);
    refuseStranger(present, request);
    const marks = marksOn(present);
    refuseStale(marks, request);
    const isHolder = holderOf(present) === request.revision.id;
    if (isHolder && hasTemplate(present, marks))
      return ports.client.patch(reference, furtherPatch(ports, request, present));
    if (!isHolder && !takesTemplate(ports, request, present)) {
      const next = ordered(ports, request, marks);
      return ports.client.patch(reference, { metadata: metadataOf(present, request, next) });
    }
    await applyTrack(ports, request);
    const patch = isHolder ? repairPatch : templatePatch;
    return withImages(ports, request, await ports.client.patch(reference, patch(ports, request, present)));
  });
}

const say = ({ revision, instances }: CapacityRequest): string =>
  `${instances} instances of ${revision.id} of ${revision.track}`;

/**
 * Leaves alone what is another track's.
 *
 * @throws SluiceError `conflict` when the workload has such an owner
 */
export function refuseStranger(
  { kind, metadata }: KubernetesObject,
  { revision }: { readonly revision: Pick<CapacityRequest['revision'], 'track'> },
): void {
  const owner = metadata.annotations?.[TRACK];
  if (owner === undefined || owner === revision.track) return;
  throw new SluiceError(
    'conflict',
    `${kind} ${metadata.name} is ${owner}'s already; ${revision.track} cannot change it as well`,
    { next: 'ask-human' },
  );
}

function refuseStale({ orders }: InPlaceMarks, request: CapacityRequest): void {
  const { revision, generation, instances } = request;
  const held = orders[revision.id];
  if (held === undefined) return;
  if (held.generation > generation)
    throw overtaken(say(request), { heldGeneration: held.generation, isReused: false });
  if (held.generation === generation && (held.isRetired || held.instances !== instances))
    throw overtaken(say(request), { heldGeneration: held.generation, isReused: true });
  if (held.content !== contentOf(revision))
    throw new SluiceError(
      'invalid-input',
      `something else runs already under the name ${revision.id} of ${revision.track}`,
      { next: 'stop' },
    );
}

/** Two revisions contend for one template: what is from before the order that gave it the present one comes too late. */
function refuseLateTemplate({ templateGeneration }: InPlaceMarks, request: CapacityRequest): void {
  if (templateGeneration > request.generation)
    throw overtaken(say(request), { heldGeneration: templateGeneration, isReused: false });
}

/** Of two revisions that contend for the template the one that was decided on later has it, as far as it needs it. */
function takesTemplate(
  { settings }: InPlaceApplyPorts,
  request: CapacityRequest,
  present: KubernetesObject,
): boolean {
  const marks = marksOn(present);
  if (!needsTemplate(settings, request, present)) return false;
  refuseLateTemplate(marks, request);
  if (decidedOf(request) <= marks.decidedIn) return false;
  if (reachOf(request, settings) !== null) refuseTooEarly(present);
  return true;
}

/**
 * A workload that was just made, again perhaps, because somebody had removed it, gives all its pods the template that its
 * controller sees first. Only then can a part of them have another one.
 */
function refuseTooEarly(present: KubernetesObject): void {
  const { isMadeHere, before } = marksOn(present);
  if (!isMadeHere || before !== null) return;
  const status = asObject(present.status);
  // It has had no other template yet, so that whichever generation was seen had that one.
  const isSeen = Number(status['observedGeneration'] ?? 0) > 0;
  const missing =
    Number(status['desiredNumberScheduled'] ?? 0) - Number(status['currentNumberScheduled'] ?? 0);
  if (isSeen && missing <= 0) return;
  const { kind, metadata } = present;
  throw new SluiceError(
    'conflict',
    `${kind} ${metadata.name} has not made the pods of its first template yet`,
    {
      next: 'retry',
    },
  );
}

/** Whether a revision is to have more pods than are left of the template that stands there now. */
function needsTemplate(settings: InPlacePlace, request: CapacityRequest, present: KubernetesObject): boolean {
  const { reach, orders } = marksOn(present);
  if (request.instances === 0) return false;
  const known = orders[request.revision.id];
  // The pods that are left are those of whoever had some.
  if (reach === null || known === undefined || known.isRetired || known.instances === 0) return true;
  // A DaemonSet may have fewer nodes or more than were declared, and others may have changed the number of pods.
  const pods = Math.max(podsOf(present), request.revision.component.instances);
  return reachOf(request, settings) === null || request.instances > Math.max(0, pods - reach);
}

async function makeWorkload(ports: InPlaceApplyPorts, request: CapacityRequest): Promise<KubernetesObject> {
  const { client, settings } = ports;
  const { revision, generation } = request;
  const removed = await removedUntil(client, settings.namespace, revision.track);
  if (removed > generation) throw overtaken(say(request), { heldGeneration: removed, isReused: false });
  await applyTrack(ports, request);
  const rendered = rendering(ports, request);
  const moved = firstMovement(ports, request, rendered);
  const marks: InPlaceMarks = {
    ...ordered(ports, request, marksOn(undefined)),
    ...heldBy(request, rendered),
    reach: reachOf(request, settings),
    replicas: moved.replicas,
    isMadeHere: true,
  };
  const { metadata } = rendered;
  const applied = await client.apply({
    ...rendered,
    metadata: {
      ...metadata,
      resourceVersion: ONLY_IF_ABSENT,
      annotations: { ...metadata.annotations, ...marksAnnotation(marks) },
    },
    spec: { ...rendered.spec, ...moved.spec },
  });
  return withImages(ports, request, applied);
}

/** Nothing is kept from a revision as long as it is alone, so it has all its pods; but none before any are ordered. */
function firstMovement(
  { settings }: InPlaceApplyPorts,
  request: CapacityRequest,
  rendered: KubernetesObject,
): ReturnType<typeof movementTo> {
  if (rendered.kind === 'DaemonSet') return { spec: {}, replicas: null };
  const moved = movementTo(reachOf(request, settings), rendered, request);
  if (request.instances > 0) return moved;
  const idle = rendered.kind === 'StatefulSet' ? { updateStrategy: updateFrom(0) } : {};
  return { spec: { replicas: 0, ...idle }, replicas: 0 };
}

async function applyTrack({ client, settings }: InPlaceApplyPorts, request: CapacityRequest): Promise<void> {
  const of = renderedRevision(request.revision, settings);
  for (const object of renderTrack(of, request)) await client.apply(object);
}

/** Where a webhook takes other images than were sent, those are the ones that stand for what was ordered. */
async function withImages(
  { client, settings }: InPlaceApplyPorts,
  request: CapacityRequest,
  written: KubernetesObject,
): Promise<KubernetesObject> {
  const marks = marksOn(written);
  if (hasTemplate(written, marks)) return written;
  const template = { revision: request.revision.id, images: templateImages(written) };
  return client.patch(workloadOf(settings), {
    metadata: metadataOf(written, request, { ...marks, template }),
  });
}
