import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';

interface Endpoint {
  readonly conditions?: { readonly ready?: boolean };
  readonly targetRef?: { readonly name?: string };
}

/** Label of an EndpointSlice with the name of its Service. */
const SERVICE_NAME = 'kubernetes.io/service-name';

/** The names of the ready pods behind each of some Services, as their EndpointSlices tell them; none for one without. */
export async function servingPods(
  client: Pick<ClusterClient, 'list'>,
  namespace: string,
  services: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const slices = await client.list({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    namespace,
    labels: `${SERVICE_NAME} in (${services.join(',')})`,
  });
  return new Map(
    services.map((service) => [
      service,
      slices.filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === service).flatMap(readyPods),
    ]),
  );
}

/** An endpoint that says nothing of being ready is. */
const readyPods = (slice: KubernetesObject): readonly string[] =>
  ((slice['endpoints'] ?? []) as readonly Endpoint[]).flatMap(({ conditions, targetRef }) =>
    conditions?.ready !== false && targetRef?.name ? [targetRef.name] : [],
  );
