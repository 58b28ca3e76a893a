import { asObject } from '@sluice/kubernetes/objects/as-object.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { REVISION, selectorText } from '@sluice/kubernetes/objects/labels.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ClusterClient } from '../../../kubernetes/cluster-client.ts';
import { podState } from '../pod-state.ts';
import { marksAnnotation, type InPlaceMarks, marksOn, podsOf, templateRevision } from './in-place-marks.ts';

/** What moving pods needs. */
export interface MovePorts {
  readonly client: ClusterClient;
  readonly now: () => Instant;
}

/** A pod, with what decides whether it goes. */
interface Mover {
  readonly pod: KubernetesObject;
  readonly revision: string | undefined;
  readonly ready: boolean;
  readonly leaving: boolean;
}

/**
 * Carries an order of a workload on by one move, if one is due. A DaemonSet whose update strategy is `OnDelete` gets its
 * next pod deleted once all that were replaced are ready. A StatefulSet waits for a broken pod to become ready before it
 * replaces it, for ever after a rollback (kubernetes#67250), so that those of a revision that is taken back are deleted.
 * The move is written on the workload before it is made; of two replicas that see it due, one makes it.
 *
 * @param seen the workload and its pods as a mirror shows them; the server is only asked when they let a move be due
 */
export async function movePods(
  ports: MovePorts,
  seen: { readonly workload: KubernetesObject; readonly pods: readonly KubernetesObject[] },
): Promise<void> {
  const { workload } = seen;
  if (workload.kind === 'Deployment') return;
  const known = seen.pods.map((pod) => moverOf(pod, workload, ports.now()));
  for (const { pod } of known.filter((one) => isStuck(one, workload))) await removePod(ports, pod);
  if (workload.kind === 'DaemonSet' && isMoveLikely(workload, known)) await moveNext(ports, workload);
}

function moverOf(pod: KubernetesObject, { spec }: KubernetesObject, now: Instant): Mover {
  const minReady = spec?.['minReadySeconds'];
  const { ready, leaving } = podState(pod, typeof minReady === 'number' ? 1000 * minReady : 0, now);
  return { pod, revision: pod.metadata.annotations?.[REVISION], ready, leaving };
}

/** Whether a pod of a revision that is taken back does not serve and stands in the way of the template. */
function isStuck({ pod, revision, ready, leaving }: Mover, workload: KubernetesObject): boolean {
  if (ready || leaving || revision === undefined || revision === templateRevision(workload)) return false;
  if (marksOn(workload).orders[revision]?.isTakenBack !== true) return false;
  return workload.kind === 'DaemonSet' || ordinalOf(pod) >= firstMoved(workload);
}

/** The first ordinal that gets the new template. */
function firstMoved({ spec }: KubernetesObject): number {
  const start = asObject(spec?.['ordinals'])['start'];
  const partition = asObject(asObject(spec?.['updateStrategy'])['rollingUpdate'])['partition'];
  return numberOr(start, 0) + numberOr(partition, 0);
}

const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;

const ordinalOf = ({ metadata }: KubernetesObject): number => Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? 0);

/** Pods of nobody are in no mirror, so that after an adoption was taken back only those of revisions say what is left. */
function isMoveLikely(workload: KubernetesObject, known: readonly Mover[]): boolean {
  const template = templateRevision(workload);
  if (template === undefined) return known.length > 0;
  const own = known.filter(({ revision }) => revision === template);
  return own.every(({ ready }) => ready) && own.length < reachOf(workload);
}

const reachOf = (workload: KubernetesObject): number => marksOn(workload).reach ?? podsOf(workload);

/** Looks at the server itself: a mirror may be behind, and does not hold pods that nobody of ours has made. */
async function moveNext({ client, now }: MovePorts, seen: KubernetesObject): Promise<void> {
  const { apiVersion, kind, metadata } = seen;
  const reference = { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
  const workload = await client.read(reference);
  if (workload === undefined || workload.metadata.uid !== metadata.uid) return;
  const pods = await ownPods(client, workload);
  const marks = marksOn(workload);
  const next = nextToGo(
    workload,
    marks,
    pods.map((pod) => moverOf(pod, workload, now())),
  );
  if (next?.metadata.uid === undefined) return;
  const moved = { ...marks, moved: next.metadata.uid };
  const patch = {
    metadata: { resourceVersion: workload.metadata.resourceVersion, annotations: marksAnnotation(moved) },
  };
  // Whoever came between has changed what is due; the next look shows it.
  const isFirst = await client.patch(reference, patch).then(
    () => true,
    (thrown: unknown) => {
      if (thrown instanceof SluiceError && thrown.code === 'conflict') return false;
      throw thrown;
    },
  );
  if (isFirst) await removePod({ client, now }, next);
}

async function ownPods(
  client: ClusterClient,
  { metadata, spec }: KubernetesObject,
): Promise<readonly KubernetesObject[]> {
  const selector = asObject(asObject(spec?.['selector'])['matchLabels']) as Record<string, string>;
  const found = await client.list({
    apiVersion: 'v1',
    kind: 'Pod',
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    labels: selectorText(selector),
  });
  return found.filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid));
}

/** One after another: nothing goes while a pod is missing, on its way out, or new and not ready. */
function nextToGo(
  workload: KubernetesObject,
  { moved }: InPlaceMarks,
  pods: readonly Mover[],
): KubernetesObject | undefined {
  const template = templateRevision(workload);
  const own = pods.filter(({ revision }) => revision === template);
  const others = pods.filter(({ revision }) => revision !== template);
  if (own.length >= reachOf(workload) || own.some(({ ready }) => !ready)) return undefined;
  if (pods.length < podsOf(workload) || pods.some(({ leaving }) => leaving)) return undefined;
  const begun = others.find(({ pod }) => pod.metadata.uid === moved);
  const broken = others.find(({ ready }) => !ready);
  const byName = others.toSorted((left, right) =>
    left.pod.metadata.name < right.pod.metadata.name ? -1 : 1,
  );
  return (begun ?? broken ?? byName[0])?.pod;
}

async function removePod({ client }: MovePorts, { metadata }: KubernetesObject): Promise<void> {
  const { namespace, name, uid } = metadata;
  const reference = { apiVersion: 'v1', kind: 'Pod', namespace, name };
  await client.remove(reference, uid === undefined ? {} : { uid });
}
