import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { asObject, asText } from '@sluice/kubernetes/objects/as-object.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { REVISION } from '@sluice/kubernetes/objects/labels.ts';

/** Annotation with all orders of a workload that is changed in place, as the JSON of its `InPlaceMarks`. */
export const ORDERS_ANNOTATION = 'sluice.dev/orders';
/** Annotation with the number of pods and the template from before the present one, as JSON; it can be gone back to. */
export const BEFORE_ANNOTATION = 'sluice.dev/template-before';

/** The last order of one revision. */
export interface InPlaceOrder {
  readonly instances: number;
  /** The fencing generation of the order or of the retirement. */
  readonly generation: number;
  /** When it was given (RFC 3339). */
  readonly at: string;
  /** Digest of what the revision is. */
  readonly content: string;
  readonly isRetired: boolean;
  /** The workload turned away from it before it was everywhere, or to a revision that was there before. */
  readonly isTakenBack: boolean;
}

/** The template that was ordered last; that the server has another one means that somebody else has changed it. */
export interface InPlaceTemplate {
  readonly revision: string;
  /** By the name of the container, as the server took them. */
  readonly images: Readonly<Record<string, string>>;
}

/** What Sluice remembers on a workload that is changed in place; one object holds the orders of all its revisions. */
export interface InPlaceMarks {
  /** False: it was there before, and is never removed. */
  readonly isMadeHere: boolean;
  /** The generation of the order that gave it its present template. */
  readonly templateGeneration: number;
  /** The generation in which it was decided that the template is that one and goes as far; what is older cannot take it. */
  readonly decidedIn: number;
  /** Whose template it is to be, and with which images; null: somebody else's. */
  readonly template: InPlaceTemplate | null;
  /** The number of pods that Sluice has set last; another one is somebody else's wish. */
  readonly replicas: number | null;
  /** The update strategy from before the adoption; null: it was not adopted, or has none. */
  readonly strategyBefore: JsonObject | null;
  /** How many pods are to have the present template; null: all. */
  readonly reach: number | null;
  /** The revision whose template stood there before; null: somebody else's. */
  readonly before: string | null;
  /** The uid of the pod that is replaced by hand now, or was last; null before the first. */
  readonly moved: string | null;
  /** By revision id. */
  readonly orders: Readonly<Record<string, InPlaceOrder>>;
}

/** Orders of revisions that are retired are remembered this often, so that late ones are refused. */
const RETIRED_KEPT = 8;

const NONE: InPlaceMarks = {
  isMadeHere: false,
  templateGeneration: 0,
  decidedIn: 0,
  template: null,
  replicas: null,
  strategyBefore: null,
  reach: null,
  before: null,
  moved: null,
  orders: {},
};

/** Reads the marks of a workload; one without them was never ordered anything. */
export function marksOn(object: KubernetesObject | undefined): InPlaceMarks {
  const text = object?.metadata.annotations?.[ORDERS_ANNOTATION];
  if (object === undefined || text === undefined) return NONE;
  try {
    return { ...NONE, ...(JSON.parse(text) as Partial<InPlaceMarks>) };
  } catch (cause) {
    throw new SluiceError(
      'invalid-input',
      `the annotation ${ORDERS_ANNOTATION} of ${object.kind} ${object.metadata.name} is no JSON; remove it, and the orders are given again`,
      { next: 'ask-human', cause },
    );
  }
}

/** The annotation with these marks; of retired revisions only the latest are kept. */
export function marksAnnotation(marks: InPlaceMarks): Record<string, string> {
  const retired = Object.entries(marks.orders)
    .filter(([, { isRetired }]) => isRetired)
    .toSorted(([, left], [, right]) => right.generation - left.generation);
  const forgotten = new Set(retired.slice(RETIRED_KEPT).map(([id]) => id));
  const orders = Object.fromEntries(Object.entries(marks.orders).filter(([id]) => !forgotten.has(id)));
  return { [ORDERS_ANNOTATION]: JSON.stringify({ ...marks, orders }) };
}

/** The revision whose template a workload has now; undefined: somebody else's. */
export function templateRevision(object: KubernetesObject): string | undefined {
  const text = asObject(asObject(templateOf(object)['metadata'])['annotations'])[REVISION];
  return typeof text === 'string' ? text : undefined;
}

/** The pod template of a workload. */
export const templateOf = ({ spec }: KubernetesObject): JsonObject => asObject(spec?.['template']);

/** The images of the template of a workload, by the names of its containers. */
export function templateImages(object: KubernetesObject): Readonly<Record<string, string>> {
  const { initContainers, containers } = asObject(templateOf(object)['spec']);
  const all = [initContainers, containers].flatMap((list) => list ?? []).map(asObject);
  return Object.fromEntries(all.map(({ name, image }) => [asText(name), asText(image)]));
}

/** The revision that a workload was given last; undefined: somebody else's template. */
export const holderOf = (object: KubernetesObject): string | undefined =>
  marksOn(object).template?.revision ?? templateRevision(object);

/** How many pods a workload has when it is whole; of a DaemonSet only its controller knows. */
export function podsOf({ kind, spec, status }: KubernetesObject): number {
  const count = kind === 'DaemonSet' ? status?.['desiredNumberScheduled'] : (spec?.['replicas'] ?? 1);
  return typeof count === 'number' ? count : 0;
}
