import { asObject } from '@sluice/kubernetes/objects/as-object.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { REVISION, selectorText } from '@sluice/kubernetes/objects/labels.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ClusterClient } from '../../../kubernetes/cluster-client.ts';
import { podState } from '../pod-state.ts';
import { departureOf } from './departure-of.ts';
import { marksAnnotation, type InPlaceMarks, marksOn, podsOf, templateRevision } from './in-place-marks.ts';

/** What moving pods needs. */
export interface MovePorts {
  readonly client: ClusterClient;
  readonly component: { readonly health: { readonly withinMs: number } };
  readonly now: () => Instant;
}

/** A pod, with what decides whether it goes. */
interface Mover {
  readonly pod: KubernetesObject;
  readonly revision: string | undefined;
  readonly ready: boolean;
  readonly leaving: boolean;
  /** It will not serve by itself: it ends again and again, or has not been ready for longer than a start may take. */
  readonly hopeless: boolean;
}

/**
 * Carries an order of a workload on by one move, if one is due. A DaemonSet whose update strategy is `OnDelete` gets its
 * next pod deleted once all that were replaced are ready. A StatefulSet waits for a broken pod to become ready before it
 * replaces any, for ever where the pod cannot become so (kubernetes#67250). So broken pods of a revision that is taken back
 * are deleted, and those of any other, whose turn would come in the end, when there is no hope for them.
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
  // The order comes again first, and puts right what somebody else has changed.
  if (departureOf(workload) !== null) return;
  const pods = isAdopting(workload, seen.pods) ? await ownPods(ports.client, workload) : seen.pods;
  const known = pods.map((pod) => moverOf(ports, pod, workload));
  for (const { pod } of known.filter((one) => isStuck(one, workload))) await removePod(ports, pod);
  if (workload.kind === 'DaemonSet' && isMoveLikely(workload, known)) await moveNext(ports, workload);
}

/** Pods from before the first release are in no mirror; they may be what the first one is to repair. */
function isAdopting(workload: KubernetesObject, known: readonly KubernetesObject[]): boolean {
  const { isMadeHere, before, template } = marksOn(workload);
  if (workload.kind !== 'StatefulSet' || isMadeHere || template === null || before !== null) return false;
  return known.length < podsOf(workload);
}

function moverOf({ component, now }: MovePorts, pod: KubernetesObject, { spec }: KubernetesObject): Mover {
  const minReady = spec?.['minReadySeconds'];
  const at = now();
  const state = podState(pod, typeof minReady === 'number' ? 1000 * minReady : 0, at);
  const { ready, leaving } = state;
  const isLate = !ready && at - unreadySince(pod, state.createdAt) > component.health.withinMs;
  return {
    pod,
    revision: pod.metadata.annotations?.[REVISION],
    ready,
    leaving,
    hopeless: state.crashing || isLate,
  };
}

function unreadySince({ status }: KubernetesObject, createdAt: Instant): Instant {
  const conditions = (status?.['conditions'] ?? []) as readonly {
    type: string;
    lastTransitionTime?: string;
  }[];
  const since = conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  return since === undefined ? createdAt : Date.parse(since);
}

/** Whether a pod that is not the template's does not serve and stands in its way. */
function isStuck(mover: Mover, workload: KubernetesObject): boolean {
  const { pod, revision, ready, leaving, hopeless } = mover;
  if (ready || leaving || !isBehind(mover, workload)) return false;
  const isTakenBack = revision !== undefined && marksOn(workload).orders[revision]?.isTakenBack === true;
  if (!isTakenBack && !hopeless) return false;
  return workload.kind === 'DaemonSet' ? isTakenBack : ordinalOf(pod) >= firstMoved(workload);
}

/**
 * Whether a pod has another template than its workload has now. The StatefulSet's own word counts where it is about the
 * present one: a template that somebody else has changed for a while bears the same revision.
 */
function isBehind({ pod, revision }: Mover, workload: KubernetesObject): boolean {
  const { observedGeneration, updateRevision } = asObject(workload.status);
  const hash = pod.metadata.labels?.['controller-revision-hash'];
  const isTold = workload.kind === 'StatefulSet' && hash !== undefined && typeof updateRevision === 'string';
  if (isTold && observedGeneration === workload.metadata.generation) return hash !== updateRevision;
  return revision !== templateRevision(workload);
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
async function moveNext(ports: MovePorts, seen: KubernetesObject): Promise<void> {
  const { client } = ports;
  const { apiVersion, kind, metadata } = seen;
  const reference = { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
  const workload = await client.read(reference);
  if (workload === undefined || workload.metadata.uid !== metadata.uid) return;
  if (departureOf(workload) !== null) return;
  const pods = await ownPods(client, workload);
  const marks = marksOn(workload);
  const next = nextToGo(
    workload,
    marks,
    pods.map((pod) => moverOf(ports, pod, workload)),
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
  if (isFirst) await removePod(ports, next);
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
