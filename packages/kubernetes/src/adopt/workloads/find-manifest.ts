import type { ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from './adoption-notes.ts';

/** What is looked for among the files. */
export interface WantedManifest {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** API versions that are understood, by kind; the first is the one to write. */
const UNDERSTOOD: Readonly<Record<string, readonly string[]>> = {
  Canary: ['flagger.app/v1beta1'],
  MetricTemplate: ['flagger.app/v1beta1'],
  Deployment: ['apps/v1'],
  StatefulSet: ['apps/v1'],
  DaemonSet: ['apps/v1'],
  Service: ['v1'],
  ConfigMap: ['v1'],
  ServiceAccount: ['v1'],
  HorizontalPodAutoscaler: ['autoscaling/v2', 'autoscaling/v1'],
  ScaledObject: ['keda.sh/v1alpha1'],
  PodDisruptionBudget: ['policy/v1'],
  HTTPRoute: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1'],
  GRPCRoute: ['gateway.networking.k8s.io/v1'],
  VirtualService: ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  DestinationRule: ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
};

/** The namespace of a document, given that of documents which name none. */
export const namespaceOf = ({ object }: ManifestDocument, byDefault: string): string =>
  object.metadata.namespace ?? byDefault;

/** The document of that kind, name and namespace, or undefined when it is not among them. */
export function findManifest(
  documents: readonly ManifestDocument[],
  wanted: WantedManifest,
  byDefault: string,
): ManifestDocument | undefined {
  return documents.find(
    (document) =>
      isOfKind(document, wanted.kind) &&
      document.object.metadata.name === wanted.name &&
      namespaceOf(document, byDefault) === wanted.namespace,
  );
}

/** All documents of a kind in a namespace. */
export const manifestsOfKind = (
  documents: readonly ManifestDocument[],
  kind: string,
  namespace: string,
  byDefault: string,
): readonly ManifestDocument[] =>
  documents.filter((document) => isOfKind(document, kind) && namespaceOf(document, byDefault) === namespace);

/** Whether its API version is one that is understood; otherwise a fault that names those that are. */
export function isUnderstood(notes: AdoptionNotes, document: ManifestDocument): boolean {
  const { apiVersion, kind } = document.object;
  const versions = UNDERSTOOD[kind] ?? [];
  if (versions.includes(apiVersion)) return true;
  const known = versions.join(', ');
  notes.fault(
    document,
    ['apiVersion'],
    `${apiVersion} is not a version of ${kind} that is understood; ${known} ${versions.length > 1 ? 'are' : 'is'}.`,
  );
  return false;
}

/** By kind and group: another group's object of the same kind is something else. */
function isOfKind({ object }: ManifestDocument, kind: string): boolean {
  if (object.kind !== kind) return false;
  const groups = (UNDERSTOOD[kind] ?? []).map(groupOf);
  return groups.length === 0 || groups.includes(groupOf(object.apiVersion));
}

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion.split('/')[0]! : '');

/** The autoscaler whose target is a workload, or undefined when none is among the documents. */
export const autoscalerOf = (
  documents: readonly ManifestDocument[],
  { kind, name, namespace }: WantedManifest,
  byDefault: string,
): ManifestDocument | undefined =>
  manifestsOfKind(documents, 'HorizontalPodAutoscaler', namespace, byDefault).find(({ object }) => {
    const target = object.spec?.['scaleTargetRef'] as { kind?: unknown; name?: unknown } | undefined;
    return target?.kind === kind && target.name === name;
  });
