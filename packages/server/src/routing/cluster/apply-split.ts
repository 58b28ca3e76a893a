import { setTimeout as delay } from 'node:timers/promises';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { trackLabel } from '@sluice/kubernetes/objects/names.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { againOnConflict, ONLY_IF_ABSENT, overtaken } from '../../kubernetes/fencing.ts';
import type { SplitRequest } from '../traffic-router.ts';
import { keptOwners, refuseOwned } from './former-owners.ts';
import type { RouteKind } from './route-kind.ts';
import { isAsOrdered } from './split-in-force.ts';
import { CONFIRMED_ANNOTATION, orderedSplit, type OrderedSplit, splitMarks } from './split-marks.ts';

/** The field manager of what splits: of a Service its selector, beside what the target owns of it. */
export const SPLIT_MANAGER = 'sluice-router';
/** How long those who carry a split out may take before the order counts as not carried out, in ms. */
const CONFIRM_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 200;

/** What ordering a split needs. */
export interface ApplySplitPorts {
  readonly client: ClusterClient;
  /** After a change that nobody can confirm, as long as the proxies of a cluster usually take to know of it, in ms. */
  readonly settleMs: number;
  /** How long those who carry it out may take, in ms. */
  readonly confirmWithinMs?: number;
}

/** Whether an object, and the API server, would take a split; asked of every router before the first is changed. */
export async function trySplit(
  { client }: ApplySplitPorts,
  kind: RouteKind,
  request: SplitRequest,
): Promise<void> {
  const present = await client.read(kind.reference);
  refuseStale(kind, present, request);
  const object = objectOf(kind, request, present);
  if (kind.madeBy !== 'somebody-else')
    await client.apply(object, { dryRun: true, force: true, manager: SPLIT_MANAGER });
}

/**
 * Brings a split into an object and returns when it was confirmed.
 * @returns the object as it was last written or seen
 */
export async function applySplit(
  ports: ApplySplitPorts,
  kind: RouteKind,
  request: SplitRequest,
): Promise<KubernetesObject> {
  const isChanged = await againOnConflict(() => writeSplit(ports, kind, request));
  if (isChanged) await delay(ports.settleMs);
  const deadline = performance.now() + (ports.confirmWithinMs ?? CONFIRM_WITHIN_MS);
  for (;;) {
    const seen = await againOnConflict(() => confirm(ports, kind, request));
    if (typeof seen !== 'string') return seen;
    if (performance.now() > deadline)
      throw new SluiceError('timed-out', `${namesOf(kind)} has the split, but ${seen}`, { next: 'retry' });
    await delay(LOOK_EVERY_MS);
  }
}

const namesOf = ({ reference: { kind, namespace, name } }: RouteKind): string =>
  `the ${kind} ${namespace ?? ''}/${name}`;

/** @returns whether anything but marks was changed */
async function writeSplit(
  { client }: ApplySplitPorts,
  kind: RouteKind,
  request: SplitRequest,
): Promise<boolean> {
  const present = await client.read(kind.reference);
  refuseStale(kind, present, request);
  const object = objectOf(kind, request, present);
  const isChanged = !kind.says(present?.spec, object.spec ?? {});
  if (!isChanged && present && isWritten(kind, present, request)) return false;
  if (kind.madeBy === 'somebody-else') {
    const { labels, annotations, resourceVersion } = object.metadata;
    const owners = present && (keptOwners(present) as unknown as JsonObject[] | null);
    await client.patch(kind.reference, {
      metadata: { labels, annotations, resourceVersion, ...(owners ? { ownerReferences: owners } : {}) },
      ...(isChanged && object.spec ? { spec: object.spec } : {}),
    });
  } else await client.apply(object, { force: true, manager: SPLIT_MANAGER });
  return isChanged;
}

/** Whether the order stands on the object already, and nobody has spoilt its marks. */
function isWritten(kind: RouteKind, present: KubernetesObject, { split, generation }: SplitRequest): boolean {
  const held = orderedSplit(present);
  return (
    held !== null &&
    held.split !== null &&
    held.generation === generation &&
    isAsOrdered(kind, present, { ...held, split })
  );
}

function objectOf(
  kind: RouteKind,
  { track, split, generation }: SplitRequest,
  present: KubernetesObject | undefined,
): KubernetesObject {
  const { apiVersion, kind: kindName, namespace, name } = kind.reference;
  const isAdopted = kind.madeBy === 'somebody-else';
  const spec = kind.spec(split, present);
  const held = orderedSplit(present);
  // What was confirmed before somebody changed it has to be confirmed anew, under whatever generation it is mended.
  const isMended = held !== null && isSame(held.split, split) && !kind.says(present?.spec, spec);
  const confirmed = isMended ? 0 : (held?.confirmed ?? 0);
  return {
    apiVersion,
    kind: kindName,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      resourceVersion: present?.metadata.resourceVersion ?? ONLY_IF_ABSENT,
      labels: { [TRACK]: trackLabel(track), ...(isAdopted ? {} : { [MANAGED_BY_LABEL]: MANAGED_BY }) },
      annotations: {
        [TRACK]: track,
        ...splitMarks({ split, generation, confirmed, spec: isAdopted ? null : spec }),
      },
    },
    ...(Object.keys(spec).length === 0 ? {} : { spec }),
  };
}

function refuseStale(kind: RouteKind, present: KubernetesObject | undefined, request: SplitRequest): void {
  refuseForeign(kind, present, request);
  const held = orderedSplit(present);
  if (held === null) return;
  const what = `a split of ${request.track}`;
  if (held.generation > request.generation)
    throw overtaken(what, { heldGeneration: held.generation, isReused: false });
  const isOther = held.split !== null && !isSame(held.split, request.split);
  if (held.generation === request.generation && isOther)
    throw overtaken(what, { heldGeneration: held.generation, isReused: true });
}

/**
 * Leaves alone what is somebody else's.
 *
 * @throws SluiceError when an object belongs to another track, or is to be adopted and not there
 */
export function refuseForeign(
  kind: RouteKind,
  present: KubernetesObject | undefined,
  { track }: Pick<SplitRequest, 'track'>,
): void {
  if (present === undefined) {
    if (kind.madeBy === 'router') return;
    const isAdopted = kind.madeBy === 'somebody-else';
    throw new SluiceError('not-found', `${namesOf(kind)} is not there; it was to be split`, {
      next: isAdopted ? 'ask-human' : 'retry',
    });
  }
  const { annotations, labels } = present.metadata;
  const owner = annotations?.[TRACK];
  if (owner === undefined ? labels?.[TRACK] === trackLabel(track) : owner === track) return;
  if (owner === undefined && kind.madeBy === 'somebody-else') return refuseOwned(present);
  throw new SluiceError(
    'unsupported',
    `${namesOf(kind)} belongs to ${owner ?? 'somebody else'}; it is left alone`,
    { next: 'ask-human' },
  );
}

/** Orders are given again until they are seen to be done; a later one of the same split overtakes nothing. */
const isRepeated = (held: OrderedSplit, { split, generation }: SplitRequest): boolean =>
  held.generation > generation && isSame(held.split, split);

const isSame = (held: Split | null, split: Split): boolean =>
  held !== null && canonicalJson(held) === canonicalJson(split);

/** Asks those who carry the split out, and writes down that they do; returns why not yet, or the object. */
async function confirm(
  { client }: ApplySplitPorts,
  kind: RouteKind,
  request: SplitRequest,
): Promise<string | KubernetesObject> {
  const { split, generation } = request;
  const present = await client.read(kind.reference);
  if (present === undefined) return 'it was removed meanwhile';
  const held = orderedSplit(present);
  if (held !== null && isRepeated(held, request)) {
    if (held.confirmed >= generation) return present;
    return (await kind.unconfirmed(present, split)) ?? 'a later order of the same is being confirmed';
  }
  refuseStale(kind, present, request);
  if (held === null || !isWritten(kind, present, request)) return 'it was changed by somebody else meanwhile';
  if (held.confirmed === generation) return present;
  // Who has never carried anything of it out need not confirm that there is nothing any more.
  const isNothing = split.weights.length === 0 && held.confirmed === 0;
  const reason = isNothing ? null : await kind.unconfirmed(present, split);
  if (reason !== null) return reason;
  return client.patch(kind.reference, {
    metadata: {
      resourceVersion: present.metadata.resourceVersion,
      annotations: { [CONFIRMED_ANNOTATION]: String(generation) },
    },
  });
}
