import type { PodTemplate } from '../objects/pod.ts';
import type { StatefulSet } from '../objects/workload.ts';
import { podFromTemplate } from '../pods/pod-from-template.ts';
import { REVISION_HASH } from '../revisions/controller-revisions.ts';

/** The body of a pod with a name of its own, a host name, and claims that outlive it. */
export function statefulPod(
  set: StatefulSet,
  template: PodTemplate,
  ordinal: number,
  revision: string,
): object {
  const name = `${set.metadata.name}-${ordinal}`;
  const { volumes = [] } = template.spec as { readonly volumes?: readonly { readonly name: string }[] };
  const claims = set.spec.volumeClaimTemplates ?? [];
  const claimed = claims.map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: claimName(metadata.name, name) },
  }));
  const others = volumes.filter((volume) => !claims.some(({ metadata }) => metadata.name === volume.name));
  const all = [...others, ...claimed];
  return podFromTemplate(set, template, {
    naming: { name },
    labels: {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
      [REVISION_HASH]: revision,
    },
    spec: {
      hostname: name,
      ...(set.spec.serviceName === undefined ? {} : { subdomain: set.spec.serviceName }),
      ...(all.length === 0 ? {} : { volumes: all }),
    },
  });
}

/** The bodies of the claims of one pod. */
export function volumeClaims(set: StatefulSet, ordinal: number): readonly object[] {
  const pod = `${set.metadata.name}-${ordinal}`;
  return (set.spec.volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(metadata.name, pod),
      namespace: set.metadata.namespace,
      labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
    },
    spec,
  }));
}

function claimName(template: string, pod: string): string {
  return `${template}-${pod}`;
}
