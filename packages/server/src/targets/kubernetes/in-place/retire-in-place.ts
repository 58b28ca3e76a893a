import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { asObject } from '@sluice/kubernetes/objects/as-object.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { againOnConflict, overtaken } from '../../../kubernetes/fencing.ts';
import { rememberRemoval } from '../removals.ts';
import type { RetirePorts } from '../retire-revision.ts';
import { workloadOf } from './apply-in-place.ts';
import {
  BEFORE_ANNOTATION,
  holderOf,
  type InPlaceMarks,
  type InPlaceOrder,
  marksAnnotation,
  marksOn,
  ORDERS_ANNOTATION,
  templateOf,
  templateImages,
} from './in-place-marks.ts';
import { mergePatchTo } from './merge-patch-to.ts';
import { type InPlacePlace, podsFor, updateFrom } from './movement.ts';

/** What retiring in place needs. */
export type InPlaceRetirePorts = Omit<RetirePorts, 'settings'> & {
  readonly settings: InPlacePlace;
  readonly now: () => Instant;
};

interface Retirement {
  readonly track: TrackId;
  readonly revision: RevisionId;
  readonly generation: number;
}

/**
 * Takes a revision's orders from a workload; its pods go as the other side grows. When it has the template, the workload
 * goes back to the one before. The only revision leaves it as it was found: one that Sluice made is removed; one that was
 * adopted gets back what it had before, if this was its first release, and else keeps what it runs and is nobody's again.
 */
export function retireInPlace(
  ports: InPlaceRetirePorts,
  track: TrackId,
  revision: RevisionId,
  generation: number,
): Promise<void> {
  return againOnConflict(async () => {
    const present = await ports.client.read(workloadOf(ports.settings));
    const marks = marksOn(present);
    const held = marks.orders[revision];
    if (present === undefined || held === undefined) return;
    if (held.generation > generation)
      throw overtaken(`the end of ${revision} of ${track}`, {
        heldGeneration: held.generation,
        isReused: false,
      });
    if (present.metadata.deletionTimestamp !== undefined || held.isRetired) return;
    if (await ports.isRouted(track, revision))
      throw new SluiceError('conflict', `${revision} of ${track} still gets requests; it is not retired`, {
        next: 'retry',
      });
    await retire(ports, { track, revision, generation }, present, held);
  });
}

async function retire(
  ports: InPlaceRetirePorts,
  { track, revision, generation }: Retirement,
  present: KubernetesObject,
  held: InPlaceOrder,
): Promise<void> {
  const { client, settings } = ports;
  const reference = workloadOf(settings);
  const known = marksOn(present);
  const at = new Date(ports.now()).toISOString();
  const marks: InPlaceMarks = {
    ...known,
    orders: { ...known.orders, [revision]: { ...held, instances: 0, generation, at, isRetired: true } },
  };
  const isLast = Object.values(marks.orders).every(({ isRetired }) => isRetired);
  const before = isLast ? null : known.before;
  const canGoBack = stateBefore(present) !== undefined && (isLast || isStanding(marks, before));
  if (holderOf(present) !== revision || (!isLast && !canGoBack)) {
    await client.patch(reference, { metadata: metadataOf(present, marks) });
  } else if (isLast && known.isMadeHere) {
    await rememberRemoval(client, settings.namespace, track, generation);
    const { uid } = present.metadata;
    await client.remove(reference, { propagation: 'Background', ...(uid === undefined ? {} : { uid }) });
  } else if (canGoBack && known.before === before) {
    await client.patch(reference, backPatch(present, marks, { revision, generation, before }));
  } else {
    await client.patch(reference, releasePatch(present));
  }
}

const isStanding = ({ orders }: InPlaceMarks, revision: string | null): boolean =>
  revision !== null && orders[revision]?.isRetired === false;

function metadataOf({ metadata }: KubernetesObject, marks: InPlaceMarks): JsonObject {
  return { resourceVersion: metadata.resourceVersion, annotations: marksAnnotation(marks) };
}

function stateBefore({ metadata }: KubernetesObject): JsonObject | undefined {
  const text = metadata.annotations?.[BEFORE_ANNOTATION];
  return text === undefined ? undefined : (JSON.parse(text) as JsonObject);
}

/** The workload is nobody's of ours any more, and goes on with what it has. */
const releasePatch = (present: KubernetesObject): JsonObject => ({
  metadata: {
    resourceVersion: present.metadata.resourceVersion,
    labels: { [TRACK]: null },
    annotations: { [TRACK]: null, [ORDERS_ANNOTATION]: null, [BEFORE_ANNOTATION]: null },
  },
  spec: formerStrategy(present),
});

/** The update strategy from before the adoption; what Sluice sets would leave a DaemonSet with pods that nobody moves. */
function formerStrategy(present: KubernetesObject): JsonObject {
  const { strategyBefore } = marksOn(present);
  const now = asObject(present.spec?.['updateStrategy']);
  return strategyBefore === null ? {} : { updateStrategy: mergePatchTo(now, strategyBefore) };
}

/** Turns all pods back to the template before, of which nobody can order a part at the same time. */
function backPatch(
  present: KubernetesObject,
  marks: InPlaceMarks,
  {
    revision,
    generation,
    before,
  }: Pick<Retirement, 'revision' | 'generation'> & { readonly before: string | null },
): JsonObject {
  const { replicas, template } = stateBefore(present) ?? {};
  const number = typeof replicas === 'number' ? podsFor(present, replicas) : undefined;
  const images = templateImages({ ...present, spec: { template } });
  const held = marks.orders[revision];
  const orders = held ? { ...marks.orders, [revision]: { ...held, isTakenBack: true } } : marks.orders;
  return {
    metadata: metadataOf(present, {
      ...marks,
      orders,
      reach: null,
      templateGeneration: generation,
      template: before === null ? null : { revision: before, images },
      ...(number ? { replicas: number.replicas } : {}),
    }),
    spec: {
      template: mergePatchTo(templateOf(present), asObject(template)),
      ...(present.kind === 'DaemonSet' || number === undefined ? {} : { replicas: number.pods }),
      ...(present.kind === 'StatefulSet' ? { updateStrategy: updateFrom(0) } : {}),
      ...(before === null ? formerStrategy(present) : {}),
    },
  };
}
