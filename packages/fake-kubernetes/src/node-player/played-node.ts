import { timestampOf } from '../controllers/objects/api-object.ts';
import { NODES } from '../controllers/objects/node.ts';
import type { Resource } from '../controllers/objects/resource.ts';
import type { Clock } from '../controllers/watching/clock.ts';
import { type ObjectAccess, must } from '../controllers/watching/object-access.ts';

/** How a played node looks. */
export interface NodeShape {
  readonly name: string;
  readonly zone: string;
  readonly address: string;
  /** Kubernetes quantities by resource, such as `cpu: '64'`. */
  readonly capacity: Readonly<Record<string, string>>;
}

/** Large enough that a test runs out of room only where it says so. */
export const LARGE: NodeShape['capacity'] = {
  cpu: '64',
  memory: '256Gi',
  pods: '500',
  'ephemeral-storage': '500Gi',
};

const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};
const NAMESPACES: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const LEASE_NAMESPACE = 'kube-node-lease';

const facts = [
  'architecture',
  'bootID',
  'containerRuntimeVersion',
  'kernelVersion',
  'kubeProxyVersion',
  'kubeletVersion',
  'machineID',
  'operatingSystem',
  'osImage',
  'systemUUID',
];

/** Makes a node, or takes over one that is there, and says that it is ready. */
export async function registerNode(access: ObjectAccess, shape: NodeShape, clock: Clock): Promise<void> {
  const labels = {
    'kubernetes.io/hostname': shape.name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'topology.kubernetes.io/zone': shape.zone,
  };
  const body = { apiVersion: 'v1', kind: 'Node', metadata: { name: shape.name, labels } };
  const written = await access.create(NODES, {}, body);
  if (!written.ok && written.reason !== 'AlreadyExists') must(written, `make the node ${shape.name}`);
  await reportNode(access, shape, true, clock);
  await renewLease(access, shape.name, clock);
}

/** Writes the status of a node; one that is not ready is as one whose kubelet was not heard of for long. */
export async function reportNode(
  access: ObjectAccess,
  { name, capacity, address }: NodeShape,
  ready: boolean,
  clock: Clock,
): Promise<void> {
  const time = timestampOf(clock.now());
  const state = ready
    ? { status: 'True', reason: 'KubeletReady', message: 'played' }
    : { status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
  const condition = { type: 'Ready', ...state, lastHeartbeatTime: time, lastTransitionTime: time };
  const status = {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    nodeInfo: Object.fromEntries(facts.map((fact) => [fact, 'played'])),
    conditions: [condition],
  };
  const place = { name, subresource: 'status' };
  must(await access.patch(NODES, place, { status }, 'strategic'), `report the node ${name}`);
}

/** Renews the lease by which a node says that it is alive. */
export async function renewLease(access: ObjectAccess, name: string, clock: Clock): Promise<void> {
  const renewTime = new Date(clock.now()).toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime };
  const renewed = await access.patch(LEASES, { namespace: LEASE_NAMESPACE, name }, { spec });
  if (renewed.ok || renewed.status !== 404) return;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: LEASE_NAMESPACE } };
  await access.create(NAMESPACES, {}, namespace);
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec };
  await access.create(LEASES, { namespace: LEASE_NAMESPACE }, lease);
}
