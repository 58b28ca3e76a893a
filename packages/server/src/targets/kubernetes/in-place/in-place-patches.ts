import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { asObject } from '@sluice/kubernetes/objects/as-object.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { trackLabel } from '@sluice/kubernetes/objects/names.ts';
import { renderInPlace } from '@sluice/kubernetes/render/render-in-place.ts';
import type { InPlaceRevision } from '@sluice/kubernetes/render/rendered-revision.ts';
import type { CapacityRequest } from '../../target.ts';
import { type ApplyPorts, renderedRevision } from '../apply-revision.ts';
import { contentOf } from '../order-marks.ts';
import { departureOf, hasTemplate } from './departure-of.ts';
import {
  BEFORE_ANNOTATION,
  holderOf,
  type InPlaceMarks,
  marksAnnotation,
  marksOn,
  templateImages,
  templateOf,
} from './in-place-marks.ts';
import { mergePatchTo } from './merge-patch-to.ts';
import { type InPlacePlace, movementTo, reachOf } from './movement.ts';

/** What applying in place needs. */
export type InPlaceApplyPorts = Omit<ApplyPorts, 'settings' | 'readSecrets'> & {
  readonly settings: InPlacePlace;
};

/** A template that could be gone back to is only kept up to this size, because annotations share 256 KiB. */
const MAX_KEPT_STATE = 65_536;

/** The template is the revision's already: it is left as it is, whatever would be rendered today, and goes on. */
export function furtherPatch(
  ports: InPlaceApplyPorts,
  request: CapacityRequest,
  present: KubernetesObject,
): JsonObject {
  const marks = marksOn(present);
  const wanted = reachOf(request, ports.settings);
  const goesOn = marks.reach !== null && (wanted === null || wanted > marks.reach);
  const next = ordered(ports, request, marks);
  if (!goesOn && departureOf(present) === null) return { metadata: metadataOf(present, request, next) };
  const reach = goesOn ? wanted : marks.reach;
  const { spec, replicas } = movementTo(reach, present, request);
  const decidedIn = Math.max(marks.decidedIn, decidedOf(request));
  return { metadata: metadataOf(present, request, { ...next, reach, replicas, decidedIn }), spec };
}

/** The template becomes the revision's; what it was before can be gone back to. */
export function templatePatch(
  ports: InPlaceApplyPorts,
  request: CapacityRequest,
  present: KubernetesObject,
): JsonObject {
  const before = marksOn(present);
  const from = holderOf(present) ?? null;
  const marks = ordered(ports, request, before);
  const orders = from === null ? marks.orders : leaving(marks.orders, from, request, before);
  const isAdoption = !before.isMadeHere && Object.keys(before.orders).length === 0;
  const strategy = present.spec?.['updateStrategy'];
  const strategyBefore = isAdoption
    ? { strategyBefore: strategy === undefined ? null : asObject(strategy) }
    : {};
  const kept = hasTemplate(present, before) ? stateBefore(present) : { [BEFORE_ANNOTATION]: null };
  return patchTo(ports, request, present, {
    marks: { ...marks, ...strategyBefore, orders, before: from },
    kept,
  });
}

/** Somebody else has changed the template of the revision that has it: it comes back, as if nothing had been in between. */
export const repairPatch = (
  ports: InPlaceApplyPorts,
  request: CapacityRequest,
  present: KubernetesObject,
): JsonObject =>
  patchTo(ports, request, present, { marks: ordered(ports, request, marksOn(present)), kept: {} });

function patchTo(
  ports: InPlaceApplyPorts,
  request: CapacityRequest,
  present: KubernetesObject,
  { marks, kept }: { readonly marks: InPlaceMarks; readonly kept: JsonObject },
): JsonObject {
  const rendered = rendering(ports, request);
  const reach = reachOf(request, ports.settings);
  const { spec, replicas } = movementTo(reach, present, request);
  const next = { ...marks, ...heldBy(request, rendered), reach, replicas };
  return {
    metadata: metadataOf(present, request, next, kept),
    spec: { ...spec, template: mergePatchTo(templateOf(present), templateOf(rendered)) },
  };
}

/** The generation in which an order was decided. */
export const decidedOf = ({ decidedIn, generation }: CapacityRequest): number => decidedIn ?? generation;

/** Marks that say whose template it is now. */
export const heldBy = (
  request: CapacityRequest,
  rendered: KubernetesObject,
): Pick<InPlaceMarks, 'template' | 'templateGeneration' | 'decidedIn'> => ({
  template: { revision: request.revision.id, images: templateImages(rendered) },
  templateGeneration: request.generation,
  decidedIn: decidedOf(request),
});

/** Of the revision that loses the template: it is taken back when the one before it returns, or it had not come everywhere. */
function leaving(
  orders: InPlaceMarks['orders'],
  from: string,
  { revision }: CapacityRequest,
  { before, reach }: InPlaceMarks,
): InPlaceMarks['orders'] {
  const held = orders[from];
  if (held === undefined) return orders;
  const isTakenBack = before !== null && (before === revision.id || reach !== null);
  return { ...orders, [from]: { ...held, isTakenBack } };
}

/** Marks as they are after an order, as far as it concerns its own revision alone. */
export function ordered(
  { now }: InPlaceApplyPorts,
  request: CapacityRequest,
  marks: InPlaceMarks,
): InPlaceMarks {
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

/** The whole workload as it is rendered of an order. */
export function rendering({ settings }: InPlaceApplyPorts, request: CapacityRequest): KubernetesObject {
  const { revision, instances, generation } = request;
  const of = { ...renderedRevision(revision, settings), settings } satisfies InPlaceRevision;
  return renderInPlace(of, { instances, generation });
}

/** An object that was adopted gets the label by which it is found, and no other: those of its owner stay. */
export const metadataOf = (
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
