import {
  type Json,
  type JsonMap,
  ensureMap,
  isMap,
  jsonAt,
  listAt,
  mapAt,
  numberAt,
  sameJson,
  textAt,
} from '../json/json-tree.ts';
import type { KindRules, WriteContext } from '../server/kind-rules.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import { fill } from './pod-defaults.ts';
import { portRange } from './pod-validation.ts';
import { allocateAddress, allocateNodePort, releaseService } from './service-allocation.ts';

/** Services and endpoint slices. */
export const serviceRules: Readonly<Record<string, KindRules>> = {
  '/Service': {
    returnsDeleted: true,
    nameRule: 'service',
    defaults: serviceDefaults,
    prepareNew: (object, context) => {
      nodePortFaultsFirst(object, context);
      allocate(object, context);
    },
    prepareChange: (object, live, context) => {
      dropFormer(object, live);
      keepAddresses(object, live);
      allocate(object, context);
    },
    validate: serviceFaults,
    removed: (object, { state }) => releaseService(state, keyOf(object)),
  },
  'discovery.k8s.io/EndpointSlice': {
    generation: 'spec',
    defaults: (object) => {
      for (const port of listAt(object, 'ports')) {
        if (!isMap(port)) continue;
        fill(port, 'name', '');
        fill(port, 'protocol', 'TCP');
      }
    },
  },
};

function keyOf(object: JsonMap): string {
  return `${textAt(object, 'metadata', 'namespace')}/${textAt(object, 'metadata', 'name')}`;
}

function serviceDefaults(object: JsonMap): void {
  const spec = ensureMap(object, 'spec');
  fill(spec, 'sessionAffinity', 'None');
  fill(spec, 'type', 'ClusterIP');
  if (spec['sessionAffinity'] === 'ClientIP')
    fill(ensureMap(ensureMap(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds', 10_800);
  for (const port of listAt(spec, 'ports')) {
    if (!isMap(port)) continue;
    fill(port, 'protocol', 'TCP');
    if (port['targetPort'] === undefined || port['targetPort'] === 0 || port['targetPort'] === '')
      port['targetPort'] = port['port'] ?? 0;
  }
  if (spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer')
    fill(spec, 'externalTrafficPolicy', 'Cluster');
  if (spec['type'] === 'LoadBalancer') fill(spec, 'allocateLoadBalancerNodePorts', true);
  if (spec['type'] !== 'ExternalName') fill(spec, 'internalTrafficPolicy', 'Cluster');
  for (const ingress of listAt(object, 'status', 'loadBalancer', 'ingress')) {
    if (isMap(ingress) && ingress['ip'] !== undefined) fill(ingress, 'ipMode', 'VIP');
  }
}

/** What only some types have goes when the type changes and nobody asked for it anew. */
function dropFormer(object: JsonMap, live: JsonMap): void {
  const [spec, before] = [mapAt(object, 'spec'), mapAt(live, 'spec')];
  if (spec['type'] === before['type']) return;
  const outside = spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer';
  const same = (key: string): boolean => sameJson(spec[key], before[key]);
  if (!outside && same('externalTrafficPolicy')) delete spec['externalTrafficPolicy'];
  if (spec['type'] !== 'LoadBalancer' && same('allocateLoadBalancerNodePorts'))
    delete spec['allocateLoadBalancerNodePorts'];
}

/** A replace that leaves out what the server gave keeps it. */
function keepAddresses(object: JsonMap, live: JsonMap): void {
  const [spec, before] = [mapAt(object, 'spec'), mapAt(live, 'spec')];
  if (spec['type'] === 'ExternalName') return;
  const given = textAt(spec, 'clusterIP');
  if (given !== '' && given !== before['clusterIP'] && spec['clusterIPs'] !== undefined)
    spec['clusterIPs'] = [given];
  for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
    if (spec[key] === undefined && before[key] !== undefined) spec[key] = before[key];
  }
  if (spec['type'] === 'ClusterIP') {
    if (before['type'] !== 'ClusterIP')
      for (const port of listAt(spec, 'ports')) if (isMap(port)) delete port['nodePort'];
    return;
  }
  for (const port of listAt(spec, 'ports')) {
    const same = listAt(before, 'ports').find((one) => jsonAt(one, 'port') === jsonAt(port, 'port'));
    if (isMap(port) && port['nodePort'] === undefined && numberAt(same, 'nodePort') !== undefined)
      port['nodePort'] = numberAt(same, 'nodePort') ?? 0;
  }
}

function allocate(object: JsonMap, { state }: WriteContext): void {
  const spec = mapAt(object, 'spec');
  if (
    spec['type'] === 'ExternalName' ||
    listAt(spec, 'ports').length + (spec['clusterIP'] === 'None' ? 1 : 0) === 0
  )
    return;
  if (textAt(spec, 'clusterIP') === '') spec['clusterIP'] = allocateAddress(state, keyOf(object));
  else if (spec['clusterIP'] !== 'None') state.addresses.set(textAt(spec, 'clusterIP'), keyOf(object));
  fill(spec, 'clusterIPs', [textAt(spec, 'clusterIP')]);
  fill(spec, 'ipFamilies', ['IPv4']);
  fill(spec, 'ipFamilyPolicy', 'SingleStack');
  const outside =
    spec['type'] === 'NodePort' ||
    (spec['type'] === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false);
  if (!outside) return;
  for (const port of listAt(spec, 'ports')) {
    if (!isMap(port)) continue;
    if ((numberAt(port, 'nodePort') ?? 0) === 0) port['nodePort'] = allocateNodePort(state, keyOf(object));
    else state.nodePorts.set(numberAt(port, 'nodePort') ?? 0, keyOf(object));
  }
}

const takenPorts = new WeakMap<JsonMap, FieldFault[]>();

/** Whether a port is taken is asked before it is given out, and told with the other faults. */
function nodePortFaultsFirst(object: JsonMap, { state }: WriteContext): void {
  const faults = listAt(object, 'spec', 'ports').flatMap((port, at) => {
    const number = numberAt(port, 'nodePort') ?? 0;
    const owner = state.nodePorts.get(number);
    if (number === 0 || owner === undefined || owner === keyOf(object)) return [];
    return [fault.invalid(`spec.ports[${at}].nodePort`, number, 'provided port is already allocated')];
  });
  takenPorts.set(object, faults);
}

function serviceFaults(object: JsonMap, live: JsonMap | undefined): FieldFault[] {
  const spec = mapAt(object, 'spec');
  const ports = listAt(spec, 'ports');
  const portless = ports.length === 0 && spec['type'] !== 'ExternalName' && spec['clusterIP'] !== 'None';
  return [
    ...(portless ? [fault.required('spec.ports')] : []),
    ...ports.flatMap((port, at) => servicePortFaults(port, ports.length > 1, `spec.ports[${at}]`)),
    ...samePortFaults(ports),
    ...(takenPorts.get(object) ?? []),
    ...(live === undefined ? [] : addressFaults(spec, mapAt(live, 'spec'))),
  ];
}

function samePortFaults(ports: readonly Json[]): FieldFault[] {
  const seen = new Set<string>();
  return ports.flatMap((port, at) => {
    const key = `${textAt(port, 'protocol')} ${numberAt(port, 'port') ?? 0}`;
    if (seen.has(key)) return [fault.duplicate(`spec.ports[${at}]`, port)];
    seen.add(key);
    return [];
  });
}

function servicePortFaults(port: Json, named: boolean, path: string): FieldFault[] {
  const number = numberAt(port, 'port') ?? 0;
  const faults = named && textAt(port, 'name') === '' ? [fault.required(`${path}.name`)] : [];
  return number > 0 && number <= 65_535 ? faults : [...faults, portRange(`${path}.port`, number)];
}

function addressFaults(spec: JsonMap, before: JsonMap): FieldFault[] {
  const had = textAt(before, 'clusterIP');
  if (had === '' || spec['type'] === 'ExternalName' || before['type'] === 'ExternalName') return [];
  if (sameJson(spec['clusterIP'], had)) return [];
  return [fault.invalid('spec.clusterIPs[0]', spec['clusterIPs'], 'may not change once set')];
}
