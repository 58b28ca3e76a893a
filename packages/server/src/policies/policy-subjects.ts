import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';
import { trackNames } from '@sluice/core/kernel/ids.ts';
import { groupAndVersion, isOfCluster, resourceOf } from '@sluice/core/policy/kind-names.ts';
import { type MatchedObject, NAMESPACE_LABEL } from '@sluice/core/policy/match-policy.ts';
import type { PolicyFacts } from '@sluice/core/policy/policy.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { renderRevision } from '@sluice/kubernetes/render/render-revision.ts';
import { renderTrack } from '@sluice/kubernetes/render/render-track.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ReleaseInQuestion } from './policy-gate.ts';

/** Something that a policy is asked about: a component, or one object of it. */
export interface PolicySubject {
  readonly component: string;
  /** Null: the component as a whole. */
  readonly object: { readonly words: string; readonly matched: MatchedObject } | null;
  readonly facts: PolicyFacts;
}

/** No order stands behind what is only looked at. */
const GENERATION = 0;

/** What a release puts before policies: each of its components, and each object that would be written for it. */
export const subjectsOf = (
  release: ReleaseInQuestion & { readonly project: string },
): readonly PolicySubject[] =>
  release.components.flatMap(({ record, plan }) => {
    const objects = objectsOf(record);
    const { project, application, environment, version, lane, by, dryRun } = release;
    const facts: PolicyFacts = {
      release: { project, application, environment, version, lane, by, dryRun },
      component: plain(record.component),
      plan: plain(plan),
      objects: plain(objects),
    };
    const whole: PolicySubject = { component: record.component.name, object: null, facts };
    return [whole, ...objects.map((object) => objectSubject(object, { ...whole, by, dryRun }))];
  });

interface Whole extends Pick<PolicySubject, 'component' | 'facts'> {
  readonly by: string;
  readonly dryRun: boolean;
}

/** An object as Kubernetes puts it before policies, of somebody who wants to create it. */
export function objectSubject(
  object: KubernetesObject,
  { component, facts, by, dryRun }: Whole,
): PolicySubject {
  const { kind, apiVersion, metadata } = object;
  const { group, version } = groupAndVersion(apiVersion);
  const resource = resourceOf(kind);
  const namespace = isOfCluster(kind) ? null : (metadata.namespace ?? 'default');
  const matched: MatchedObject = {
    ...{ group, version, resource, namespace, operation: 'CREATE', name: metadata.name },
    labels: metadata.labels ?? {},
  };
  return {
    component,
    object: { words: `${kind} ${namespace === null ? '' : `${namespace}/`}${metadata.name}`, matched },
    facts: {
      ...facts,
      object: plain(object),
      oldObject: null,
      namespaceObject:
        namespace === null
          ? null
          : {
              ...{ apiVersion: 'v1', kind: 'Namespace' },
              metadata: { name: namespace, labels: { [NAMESPACE_LABEL]: namespace } },
            },
      request: {
        ...{ uid: '', operation: 'CREATE', name: metadata.name, namespace: namespace ?? '', dryRun },
        kind: { group, version, kind },
        resource: { group, version, resource },
        requestKind: { group, version, kind },
        requestResource: { group, version, resource },
        ...{ subResource: '', options: {}, userInfo: { username: by, groups: [], uid: '', extra: {} } },
      },
    },
  };
}

/** The objects of a revision and of its track, and a pod as its workload would make it; none of a component on a machine. */
function objectsOf(record: RevisionRecord): readonly KubernetesObject[] {
  const { component, track, id: revision, version } = record;
  if (component.workload.on !== 'cluster') return [];
  const settings = kubernetesSettings(component);
  const { application, environment } = trackNames(track);
  const of = { track, revision, version, application, environment, component, settings };
  const order = { instances: component.instances, generation: GENERATION };
  // Without the values of secrets: what a policy says of an object is shown to people.
  const objects = [...renderTrack(of, order), ...renderRevision(of, order)];
  return [...objects, ...objects.flatMap(podOf)];
}

/** The pod that a workload would make: policies of Kubernetes are often written for pods alone. */
export function podOf({ spec, metadata }: KubernetesObject): readonly KubernetesObject[] {
  const template = spec?.['template'] as { metadata?: JsonObject; spec?: JsonObject } | undefined;
  if (template?.spec?.['containers'] === undefined) return [];
  const { labels, annotations } = template.metadata ?? {};
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Pod' },
      metadata: {
        name: `${metadata.name}-pod`,
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
        ...(labels ? { labels: labels as Record<string, string> } : {}),
        ...(annotations ? { annotations: annotations as Record<string, string> } : {}),
      },
      spec: template.spec,
    },
  ];
}

/** JSON and nothing else, which is what a thread can be given. */
const plain = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;
