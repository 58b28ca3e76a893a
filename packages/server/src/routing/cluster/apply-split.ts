import { setTimeout as delay } from 'node:timers/promises';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { trackLabel } from '@sluice/kubernetes/objects/names.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { againOnConflict, ONLY_IF_ABSENT, overtaken } from '../../kubernetes/fencing.ts';
import type { SplitRequest } from '../traffic-router.ts';
import type { RouteKind, RouteNames } from './route-kind.ts';
import {
  BACKENDS_ANNOTATION,
  CONFIRMED_ANNOTATION,
  covers,
  orderedSplit,
  SPLIT_ANNOTATION,
  SPLIT_GENERATION_ANNOTATION,
} from './split-marks.ts';

/** Owns what splits: of a Service its selector, beside what the target owns of it. */
const MANAGER = 'sluice-router';
/** How long those who carry a split out may take before the order counts as not carried out, in ms. */
const CONFIRM_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 200;

/** What ordering a split needs. */
export interface ApplySplitPorts {
  readonly client: ClusterClient;
  readonly names: RouteNames;
  /** After a change that nobody can confirm, as long as the proxies of a cluster usually take to know of it, in ms. */
  readonly settleMs: number;
}

/** Whether the API server would take a split; asked of every router before the first is changed. */
export async function trySplit(
  ports: ApplySplitPorts,
  kind: RouteKind,
  request: SplitRequest,
): Promise<void> {
  const present = await ports.client.read(kind.reference);
  refuseStale(kind, present, request);
  if (kind.isAdopted) return;
  await ports.client.apply(objectOf(ports, kind, request, present), {
    dryRun: true,
    force: true,
    manager: MANAGER,
  });
}

/** Brings a split into an object and returns when it was confirmed. */
export async function applySplit(
  ports: ApplySplitPorts,
  kind: RouteKind,
  request: SplitRequest,
): Promise<void> {
  const changed = await againOnConflict(() => writeSplit(ports, kind, request));
  if (changed) await delay(ports.settleMs);
  const deadline = performance.now() + CONFIRM_WITHIN_MS;
  for (;;) {
    const reason = await againOnConflict(() => confirm(ports, kind, request));
    if (reason === null) return;
    if (performance.now() > deadline)
      throw new SluiceError('timed-out', `${namesOf(kind)} has the split, but ${reason}`, { next: 'retry' });
    await delay(LOOK_EVERY_MS);
  }
}

const namesOf = ({ reference: { kind, namespace, name } }: RouteKind): string =>
  `the ${kind} ${namespace ?? ''}/${name}`;

/** @returns whether anything but marks was changed */
async function writeSplit(ports: ApplySplitPorts, kind: RouteKind, request: SplitRequest): Promise<boolean> {
  const { client } = ports;
  const present = await client.read(kind.reference);
  refuseStale(kind, present, request);
  const isChanged = !covers(present?.spec, kind.spec(request.split, present));
  const ordered = orderedSplit(present);
  if (!isChanged && ordered?.generation === request.generation) return false;
  const object = objectOf(ports, kind, request, present);
  if (kind.isAdopted) {
    const { labels, annotations, resourceVersion } = object.metadata;
    await client.patch(kind.reference, {
      metadata: { labels, annotations, resourceVersion },
      ...(object.spec ? { spec: object.spec } : {}),
    });
  } else await client.apply(object, { force: true, manager: MANAGER });
  return isChanged;
}

function objectOf(
  { names }: ApplySplitPorts,
  kind: RouteKind,
  { track, split, generation }: SplitRequest,
  present: KubernetesObject | undefined,
): KubernetesObject {
  const { apiVersion, kind: kindName, namespace, name } = kind.reference;
  const served = [...split.weights, ...split.matches].map(({ revision }) => names.serviceOf(revision));
  return {
    apiVersion,
    kind: kindName,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      resourceVersion: present?.metadata.resourceVersion ?? ONLY_IF_ABSENT,
      labels: { [TRACK]: trackLabel(track), ...(kind.isAdopted ? {} : { [MANAGED_BY_LABEL]: MANAGED_BY }) },
      annotations: {
        [TRACK]: track,
        [SPLIT_ANNOTATION]: canonicalJson(split),
        [SPLIT_GENERATION_ANNOTATION]: String(generation),
        [CONFIRMED_ANNOTATION]: String(orderedSplit(present)?.confirmed ?? 0),
        ...(kind.isAdopted ? { [BACKENDS_ANNOTATION]: [...new Set(served)].join(',') } : {}),
      },
    },
    spec: kind.spec(split, present),
  };
}

function refuseStale(kind: RouteKind, present: KubernetesObject | undefined, request: SplitRequest): void {
  if (kind.isAdopted && present === undefined)
    throw new SluiceError('not-found', `${namesOf(kind)} is not there; it was to be split`, {
      next: 'ask-human',
    });
  const owner = present?.metadata.annotations?.[TRACK];
  if (owner !== undefined && owner !== request.track)
    throw new SluiceError('conflict', `${namesOf(kind)} belongs to ${owner}; it is left alone`, {
      next: 'ask-human',
    });
  const held = orderedSplit(present);
  if (held === null) return;
  const what = `a split of ${request.track}`;
  if (held.generation > request.generation)
    throw overtaken(what, { heldGeneration: held.generation, isReused: false });
  if (held.generation === request.generation && canonicalJson(held.split) !== canonicalJson(request.split))
    throw overtaken(what, { heldGeneration: held.generation, isReused: true });
}

/** Asks those who carry the split out, and writes down that they do; returns why not yet, or null. */
async function confirm(
  { client }: ApplySplitPorts,
  kind: RouteKind,
  { split, generation }: SplitRequest,
): Promise<string | null> {
  const present = await client.read(kind.reference);
  const held = orderedSplit(present);
  if (present === undefined || held === null || held.generation !== generation)
    return 'it was changed by somebody else meanwhile';
  if (held.confirmed === generation) return null;
  const reason = await kind.unconfirmed(present, split);
  if (reason !== null) return reason;
  await client.patch(kind.reference, {
    metadata: {
      resourceVersion: present.metadata.resourceVersion,
      annotations: { [CONFIRMED_ANNOTATION]: String(generation) },
    },
  });
  return null;
}
