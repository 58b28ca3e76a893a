import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { asObject } from '@sluice/kubernetes/objects/as-object.ts';
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

/** What Sluice remembers on a workload that is changed in place; one object holds the orders of all its revisions. */
export interface InPlaceMarks {
  /** False: it was there before, and is never removed. */
  readonly isMadeHere: boolean;
  /** The generation of the order that gave it its present template. */
  readonly templateGeneration: number;
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

/** How many pods a workload has when it is whole; of a DaemonSet only its controller knows. */
export function podsOf({ kind, spec, status }: KubernetesObject): number {
  const count = kind === 'DaemonSet' ? status?.['desiredNumberScheduled'] : (spec?.['replicas'] ?? 1);
  return typeof count === 'number' ? count : 0;
}
