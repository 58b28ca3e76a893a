import { type Pod, hasEnded, isReady } from '../objects/pod.ts';
import type { Service, ServicePort } from '../objects/service.ts';

/** One address of a Service. */
export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean };
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly targetRef: {
    readonly kind: 'Pod';
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
  };
}

/** One port under which the addresses serve. */
export interface EndpointPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}

/** Pods that serve under the same numbers. */
export interface EndpointGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** The endpoints of a Service, grouped by port numbers, because a named port may differ from pod to pod. */
export function endpointsOf(service: Service, pods: readonly Pod[]): readonly EndpointGroup[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of pods) {
    const endpoint = endpointOf(service, pod);
    if (endpoint === undefined) continue;
    const ports = (service.spec.ports ?? []).flatMap((port) => portOf(port, pod));
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpoint);
    groups.set(key, group);
  }
  for (const { endpoints } of groups.values())
    endpoints.sort((a, b) => (a.targetRef.name < b.targetRef.name ? -1 : 1));
  return [...groups.values()];
}

function endpointOf({ spec }: Service, pod: Pod): Endpoint | undefined {
  const address = pod.status?.podIP;
  if (address === undefined || address === '' || hasEnded(pod)) return undefined;
  const { name, namespace = '', uid } = pod.metadata;
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  return {
    addresses: [address],
    conditions: {
      ready: spec.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(pod.spec.hostname === undefined ? {} : { hostname: pod.spec.hostname }),
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', name, namespace, uid },
  };
}

function portOf(
  { name = '', protocol = 'TCP', port, targetPort, appProtocol }: ServicePort,
  pod: Pod,
): EndpointPort[] {
  const number = typeof targetPort === 'string' ? namedPort(pod, targetPort) : (targetPort ?? port);
  if (number === undefined) return [];
  return [{ name, protocol, port: number, ...(appProtocol === undefined ? {} : { appProtocol }) }];
}

function namedPort({ spec }: Pod, name: string): number | undefined {
  const ports = spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find((port) => port.name === name)?.containerPort;
}
