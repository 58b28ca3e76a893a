/**
 * Purpose: knows what a revision has beside its Deployment (Service, disruption budget, autoscaler, files, secrets), sees
 * which of it somebody has removed, and makes that anew.
 *
 * The Deployment bears the names of its companions, so that any control plane that looks at it knows what is missing,
 * whatever settings it has at hand. 1. Only what is absent is made; what is there is left as it is. 2. What cannot be
 * followed is not missed. 3. Nothing is left behind of a revision that was retired meanwhile.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { ClusterClient, Mirror } from '../../kubernetes/cluster-client.ts';
import { freshMirror } from '../../kubernetes/fresh-mirror.ts';
import { type CompanionMirrors, companionMirrors } from './cluster-mirrors.ts';

/** Annotation of a Deployment with its companions, as `Kind/name` with commas between them. */
export const COMPANIONS_ANNOTATION = 'sluice.dev/companions';

/** What scales or guards pods follows each order; it is applied with the order, and not only where it is absent. */
export const followsOrder = ({ kind }: KubernetesObject): boolean =>
  kind === 'HorizontalPodAutoscaler' || kind === 'PodDisruptionBudget' || kind === 'ScaledObject';

const isDeployment = ({ kind }: KubernetesObject): boolean => kind === 'Deployment';
const titleOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`;

/** The names of a Deployment's companions; none on one from before they were written down. */
export const companionsOf = (deployment: KubernetesObject | undefined): readonly string[] =>
  (deployment?.metadata.annotations?.[COMPANIONS_ANNOTATION] ?? '').split(',').filter(Boolean);

/**
 * The annotation for the objects of a revision. Its Secret, whose name comes from values that a later order does not read,
 * stays in the list of the Deployment that is there already.
 */
export function companionMarks(
  objects: readonly KubernetesObject[],
  present?: KubernetesObject,
): Record<string, string> {
  const secrets = companionsOf(present).filter((title) => title.startsWith('Secret/'));
  const titles = objects.filter((object) => !isDeployment(object)).map(titleOf);
  return { [COMPANIONS_ANNOTATION]: [...new Set([...titles, ...secrets])].join(',') };
}

/** What a look can tell of companions: the mirrors that can be trusted at this moment. */
export type CompanionsSeen = Readonly<Partial<Record<string, Mirror>>>;

/** The mirrors of companions that can be trusted; one that is not permitted, or that cannot follow, is left out. */
export async function companionsSeen(
  client: ClusterClient,
  namespace: string,
  now: () => number,
): Promise<CompanionsSeen> {
  const mirrors = Object.entries(companionMirrors(client, namespace)) as [string, Mirror][];
  const seen = await Promise.all(
    mirrors.map(([kind, mirror]) =>
      freshMirror(client, mirror, now).then(
        (trusted) => [[kind, trusted] as const],
        () => [],
      ),
    ),
  );
  return Object.fromEntries(seen.flat());
}

/** The companions of a Deployment that are not there, by the mirrors that were handed in; one that goes misses nothing. */
export function missingCompanions(
  deployment: KubernetesObject | undefined,
  seen: CompanionsSeen,
): readonly string[] {
  if (deployment?.metadata.deletionTimestamp !== undefined) return [];
  return companionsOf(deployment).filter((title) => {
    const [kind = '', name = ''] = title.split('/');
    const mirror = seen[kind];
    return mirror !== undefined && mirror.get(deployment?.metadata.namespace, name) === undefined;
  });
}

/** A revision whose companions are restored. */
export interface Restoration {
  readonly client: ClusterClient;
  readonly deployment: KubernetesObject;
  /** What is rendered of it, without its Secret. */
  readonly objects: readonly KubernetesObject[];
  /** Renders its Secret with the values of today. */
  readonly secret: () => Promise<KubernetesObject | undefined>;
}

/**
 * Makes the companions of a Deployment anew that are absent.
 *
 * @throws SluiceError `not-found` when its Secret is gone and the values are others today
 */
export async function restoreCompanions(of: Restoration): Promise<void> {
  const { client, deployment, objects } = of;
  const mirrors = companionMirrors(client, deployment.metadata.namespace ?? '');
  const made: KubernetesObject[] = [];
  for (const object of objects) {
    if (isDeployment(object) || followsOrder(object)) continue;
    if (await isThere(client, mirrors, object)) continue;
    made.push(await client.apply(object));
  }
  const secret = await lostSecret(of);
  if (secret) made.push(await client.apply(secret));
  if (made.length > 0) await takeBackIfRetired(client, deployment, made);
}

async function isThere(
  client: ClusterClient,
  mirrors: CompanionMirrors,
  { apiVersion, kind, metadata }: KubernetesObject,
): Promise<boolean> {
  const { namespace, name } = metadata;
  const mirror = mirrors[kind as keyof CompanionMirrors] as Mirror | undefined;
  if (mirror?.get(namespace, name) !== undefined) return true;
  // One that is on its way out counts as there: it is made when it is gone.
  return (await client.read({ apiVersion, kind, namespace, name })) !== undefined;
}

async function lostSecret({ client, deployment, objects, secret }: Restoration) {
  const { namespace } = deployment.metadata;
  const rendered = new Set(objects.map(titleOf));
  const title = companionsOf(deployment).find((one) => one.startsWith('Secret/') && !rendered.has(one));
  const name = title?.slice('Secret/'.length);
  if (name === undefined) return undefined;
  if ((await client.read({ apiVersion: 'v1', kind: 'Secret', namespace, name })) !== undefined)
    return undefined;
  const today = await secret();
  if (today?.metadata.name === name) return today;
  throw new SluiceError(
    'not-found',
    `the Secret ${namespace}/${name}, which the pods of ${deployment.metadata.name} read, is gone, and the values that it ` +
      'held are others today; release again, so that pods with the new values take their place',
    { next: 'ask-human' },
  );
}

/** Between the order and now another replica may have retired the revision: it has looked for companions before they were there. */
async function takeBackIfRetired(
  client: ClusterClient,
  { apiVersion, kind, metadata }: KubernetesObject,
  made: readonly KubernetesObject[],
): Promise<void> {
  const { namespace, name } = metadata;
  const present = await client.read({ apiVersion, kind, namespace, name });
  if (present !== undefined && present.metadata.deletionTimestamp === undefined) return;
  for (const object of made) {
    const { uid } = object.metadata;
    const reference = {
      apiVersion: object.apiVersion,
      kind: object.kind,
      namespace,
      name: object.metadata.name,
    };
    await client.remove(reference, uid === undefined ? {} : { uid });
  }
}
