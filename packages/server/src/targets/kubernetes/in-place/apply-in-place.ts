import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { trackLabel } from '@sluice/kubernetes/objects/names.ts';
import { renderInPlace } from '@sluice/kubernetes/render/render-in-place.ts';
import { renderTrack } from '@sluice/kubernetes/render/render-track.ts';
import type { InPlaceRevision } from '@sluice/kubernetes/render/rendered-revision.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { InPlaceSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import { againOnConflict, ONLY_IF_ABSENT, overtaken } from '../../../kubernetes/fencing.ts';
import type { CapacityRequest } from '../../target.ts';
import { type ApplyPorts, renderedRevision } from '../apply-revision.ts';
import { contentOf } from '../order-marks.ts';
import { removedUntil } from '../removals.ts';
import {
  BEFORE_ANNOTATION,
  type InPlaceMarks,
  marksAnnotation,
  marksOn,
  podsOf,
  templateOf,
  templateRevision,
} from './in-place-marks.ts';
import { mergePatchTo } from './merge-patch-to.ts';

/** Settings of a workload that is changed in place. */
export type InPlacePlace = KubernetesSettings & { readonly workload: InPlaceSettings };

/** What applying in place needs. */
export type InPlaceApplyPorts = Omit<ApplyPorts, 'settings' | 'readSecrets'> & {
  readonly settings: InPlacePlace;
};

/** A template that could be gone back to is only kept up to this size, because annotations share 256 KiB. */
const MAX_KEPT_STATE = 65_536;

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
 * somebody else made is adopted by a merge patch of number, update strategy and template.
 *
 * @returns the workload as the server has it
 */
export function applyInPlace(ports: InPlaceApplyPorts, request: CapacityRequest): Promise<KubernetesObject> {
  return againOnConflict(async () => {
    const reference = workloadOf(ports.settings);
    const present = await ports.client.read(reference);
    if (present === undefined) return makeWorkload(ports, request);
    refuseStranger(present, request);
    refuseStale(marksOn(present), request);
    const isTemplate = templateRevision(present) === request.revision.id;
    if (isTemplate) return ports.client.patch(reference, furtherPatch(ports, request, present));
    if (request.instances <= leftOver(present)) {
      const marks = ordered(ports, request, marksOn(present));
      return ports.client.patch(reference, { metadata: metadataOf(present, request, marks) });
    }
    refuseLateTemplate(marksOn(present), request);
    await applyTrack(ports, request);
    return ports.client.patch(reference, templatePatch(ports, request, present));
  });
}

const say = ({ revision, instances }: CapacityRequest): string =>
  `${instances} instances of ${revision.id} of ${revision.track}`;

function refuseStranger({ kind, metadata }: KubernetesObject, { revision }: CapacityRequest): void {
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

/** How many pods are not meant for the present template; on a workload that was just found, none. */
function leftOver(present: KubernetesObject): number {
  const { reach } = marksOn(present);
  return reach === null ? 0 : Math.max(0, podsOf(present) - reach);
}

async function makeWorkload(ports: InPlaceApplyPorts, request: CapacityRequest): Promise<KubernetesObject> {
  const { client, settings } = ports;
  const { revision, generation, instances } = request;
  const removed = await removedUntil(client, settings.namespace, revision.track);
  if (removed > generation) throw overtaken(say(request), { heldGeneration: removed, isReused: false });
  await applyTrack(ports, request);
  const marks = {
    ...ordered(ports, request, marksOn(undefined)),
    ...movedTo(request, settings),
    isMadeHere: true,
  };
  const { metadata, ...rendered } = rendering(ports, request);
  // Nothing is kept from it as long as it is alone, so it has all its pods; but none before any are ordered.
  const isIdle = instances === 0 && settings.workload.workload !== 'DaemonSet';
  return client.apply({
    ...rendered,
    metadata: {
      ...metadata,
      resourceVersion: ONLY_IF_ABSENT,
      annotations: { ...metadata.annotations, ...marksAnnotation(marks) },
    },
    spec: { ...rendered.spec, ...(isIdle ? { replicas: 0 } : {}) },
  });
}

async function applyTrack({ client, settings }: InPlaceApplyPorts, request: CapacityRequest): Promise<void> {
  const of = renderedRevision(request.revision, settings);
  for (const object of renderTrack(of, request)) await client.apply(object);
}

/** The template is the revision's already: it is left as it is, whatever would be rendered today, and goes on. */
function furtherPatch(
  ports: InPlaceApplyPorts,
  request: CapacityRequest,
  present: KubernetesObject,
): JsonObject {
  const marks = marksOn(present);
  const { reach } = movedTo(request, ports.settings);
  const goesOn = marks.reach !== null && (reach === null || reach > marks.reach);
  const next = { ...ordered(ports, request, marks), ...(goesOn ? { reach } : {}) };
  return {
    metadata: metadataOf(present, request, next),
    ...(goesOn ? { spec: movement(ports, request) } : {}),
  };
}

function templatePatch(
  ports: InPlaceApplyPorts,
  request: CapacityRequest,
  present: KubernetesObject,
): JsonObject {
  const before = marksOn(present);
  const marks = { ...ordered(ports, request, before), ...movedTo(request, ports.settings) };
  const from = templateRevision(present);
  const orders = from === undefined ? marks.orders : leaving(marks.orders, from, request, before);
  return {
    metadata: metadataOf(present, request, { ...marks, orders, before: from ?? null }, stateBefore(present)),
    spec: {
      ...movement(ports, request),
      template: mergePatchTo(templateOf(present), templateOf(rendering(ports, request))),
    },
  };
}

/** Of the revision that loses the template: it is taken back unless it was everywhere and what comes is new. */
function leaving(
  orders: InPlaceMarks['orders'],
  from: string,
  { revision }: CapacityRequest,
  { orders: known, reach }: InPlaceMarks,
): InPlaceMarks['orders'] {
  const held = orders[from];
  if (held === undefined) return orders;
  const isTakenBack = known[revision.id] !== undefined || reach !== null;
  return { ...orders, [from]: { ...held, isTakenBack } };
}

/** Marks as they are after an order, as far as it concerns its own revision alone. */
function ordered({ now }: InPlaceApplyPorts, request: CapacityRequest, marks: InPlaceMarks): InPlaceMarks {
  const { revision, instances, generation } = request;
  const order = {
    instances,
    generation,
    at: new Date(now()).toISOString(),
    content: contentOf(revision),
    isRetired: false,
    isTakenBack: false,
  };
  return { ...marks, orders: { ...marks.orders, [revision.id]: order } };
}

/**
 * How far a template goes by an order. A Deployment cannot stop half-way. Whoever is ordered all its declared instances
 * has the whole workload: a DaemonSet may have got more nodes in the meantime.
 */
function movedTo(
  { revision, instances, generation }: CapacityRequest,
  { workload }: InPlacePlace,
): Pick<InPlaceMarks, 'reach' | 'templateGeneration'> {
  const isWhole =
    instances > 0 && (workload.workload === 'Deployment' || instances >= revision.component.instances);
  return { reach: isWhole ? null : instances, templateGeneration: generation };
}

/** Everything but the template that an order changes of a workload. */
function movement(ports: InPlaceApplyPorts, request: CapacityRequest): JsonObject {
  const { spec } = rendering(ports, request);
  const { workload } = ports.settings.workload;
  if (workload === 'DaemonSet') return { updateStrategy: { type: 'OnDelete', rollingUpdate: null } };
  const replicas = Math.max(request.revision.component.instances, request.instances);
  return {
    replicas,
    ...(workload === 'StatefulSet' ? { updateStrategy: spec?.['updateStrategy'] } : {}),
  };
}

function rendering({ settings }: InPlaceApplyPorts, request: CapacityRequest): KubernetesObject {
  const { revision, instances, generation } = request;
  const of = { ...renderedRevision(revision, settings), settings } satisfies InPlaceRevision;
  return renderInPlace(of, { instances, generation });
}

/** An object that was adopted gets the label by which it is found, and no other: those of its owner stay. */
const metadataOf = (
  { metadata }: KubernetesObject,
  { revision }: CapacityRequest,
  marks: InPlaceMarks,
  more: JsonObject = {},
): JsonObject => ({
  resourceVersion: metadata.resourceVersion,
  labels: { [TRACK]: trackLabel(revision.track) },
  annotations: { [TRACK]: revision.track, ...marksAnnotation(marks), ...more },
});

/** What is gone back to when the revision that comes is retired before another order is given. */
function stateBefore(present: KubernetesObject): JsonObject {
  const state = JSON.stringify({ replicas: present.spec?.['replicas'], template: templateOf(present) });
  return { [BEFORE_ANNOTATION]: state.length <= MAX_KEPT_STATE ? state : null };
}
