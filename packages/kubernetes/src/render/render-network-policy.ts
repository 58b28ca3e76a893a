import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { trackSelector } from '../objects/labels.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { objectName } from '../objects/names.ts';
import { trackMetadata } from './object-metadata.ts';
import { monitorPort } from './render-service.ts';
import type { RenderedRevision } from './rendered-revision.ts';

/** Where the cache of names on each node listens, if a cluster has one (NodeLocal DNSCache). */
const NODE_LOCAL_DNS = '169.254.20.10/32';

/**
 * The NetworkPolicy of a component's pods, or none. In: the peers that are named, or everybody, on the port that serves;
 * a port of its own for metrics is open to every pod of the cluster, because nobody names Prometheus among the callers.
 * Out, where it is restricted: the rules that are given, and asking for names of any pod of the cluster.
 */
export function renderNetworkPolicy(of: RenderedRevision, generation: number): KubernetesObject[] {
  const { network } = of.settings;
  if (network === null) return [];
  const rules = ingress(of, network.from);
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: trackMetadata(of, objectName(of.track), generation),
      spec: {
        podSelector: { matchLabels: trackSelector(of.track) },
        // Without a rule for a direction that is named here nothing passes in it.
        policyTypes: ['Ingress', ...(network.to === null ? [] : ['Egress'])],
        ingress: rules.length > 0 ? rules : undefined,
        egress: network.to === null ? undefined : [nameLookups, ...network.to],
      },
    },
  ];
}

function ingress(of: RenderedRevision, from: readonly JsonObject[]): JsonObject[] {
  const { port } = of.settings.workload;
  const metrics = monitorPort(of);
  return [
    ...(port === null ? [] : [{ from: from.length > 0 ? from : undefined, ports: [tcp(port)] }]),
    ...(metrics === null ? [] : [{ from: [{ namespaceSelector: {} }], ports: [tcp(metrics)] }]),
  ];
}

const tcp = (port: number): JsonObject => ({ protocol: 'TCP', port });

const nameLookups: JsonObject = {
  to: [{ namespaceSelector: {} }, { ipBlock: { cidr: NODE_LOCAL_DNS } }],
  ports: [{ protocol: 'UDP', port: 53 }, tcp(53)],
};
