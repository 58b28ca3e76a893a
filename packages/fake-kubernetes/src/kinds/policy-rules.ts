import {
  type Json,
  type JsonMap,
  ensureMap,
  isMap,
  listAt,
  mapAt,
  textAt,
  plainText,
} from '../json/json-tree.ts';
import type { KindRules } from '../server/kind-rules.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import { amountFaults } from './deployment-validation.ts';
import { fill } from './pod-defaults.ts';

/** Budgets of disruption, network policies, ingresses, quotas, limits and priority classes. */
export const policyRules: Readonly<Record<string, KindRules>> = {
  'policy/PodDisruptionBudget': {
    generation: 'spec',
    validate: (object) => {
      const spec = mapAt(object, 'spec');
      const amounts = ['minAvailable', 'maxUnavailable'].flatMap((key) =>
        amountFaults(spec[key], `spec.${key}`),
      );
      if (spec['minAvailable'] === undefined || spec['maxUnavailable'] === undefined) return amounts;
      return [...amounts, fault.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')];
    },
  },
  'networking.k8s.io/NetworkPolicy': {
    generation: 'spec',
    defaults: networkPolicyDefaults,
    validate: networkPolicyFaults,
  },
  'networking.k8s.io/Ingress': { generation: 'spec', validate: ingressFaults },
  'scheduling.k8s.io/PriorityClass': {
    defaults: (object) => fill(object, 'preemptionPolicy', 'PreemptLowerPriority'),
    prepareNew: (object) => {
      mapAt(object, 'metadata')['generation'] = 1;
    },
  },
  '/ResourceQuota': {},
  '/PersistentVolumeClaim': {
    defaults: (object) => fill(ensureMap(object, 'spec'), 'volumeMode', 'Filesystem'),
    prepareNew: (object) => {
      const metadata = mapAt(object, 'metadata');
      metadata['finalizers'] = [...listAt(metadata, 'finalizers'), 'kubernetes.io/pvc-protection'];
      object['status'] = { phase: 'Pending' };
    },
  },
  '/LimitRange': {
    createOnUpdate: true,
    defaults: (object) => {
      for (const limit of listAt(object, 'spec', 'limits')) if (isMap(limit)) limitDefaults(limit);
    },
  },
};

/** What a container may have at most is what it gets when nothing is said. */
function limitDefaults(limit: JsonMap): void {
  if (textAt(limit, 'type') !== 'Container') return;
  const [max, min] = [mapAt(limit, 'max'), mapAt(limit, 'min')];
  const limits = ensureMap(limit, 'default');
  for (const [resource, amount] of Object.entries(max)) fill(limits, resource, amount);
  const requests = ensureMap(limit, 'defaultRequest');
  for (const [resource, amount] of Object.entries(limits)) fill(requests, resource, min[resource] ?? amount);
  for (const key of ['default', 'defaultRequest'])
    if (Object.keys(mapAt(limit, key)).length === 0) delete limit[key];
}

function networkPolicyDefaults(object: JsonMap): void {
  const spec = ensureMap(object, 'spec');
  fill(spec, 'policyTypes', listAt(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress']);
  for (const rule of [...listAt(spec, 'ingress'), ...listAt(spec, 'egress')]) {
    for (const port of listAt(rule, 'ports')) if (isMap(port)) fill(port, 'protocol', 'TCP');
  }
}

function networkPolicyFaults(object: JsonMap): FieldFault[] {
  const spec = mapAt(object, 'spec');
  return ['ingress', 'egress'].flatMap((direction) =>
    listAt(spec, direction).flatMap((rule, at) => {
      const peers = direction === 'ingress' ? 'from' : 'to';
      return listAt(rule, peers).flatMap((peer, place) =>
        peerFaults(peer, `spec.${direction}[${at}].${peers}[${place}]`),
      );
    }),
  );
}

function ingressFaults(object: JsonMap): FieldFault[] {
  const spec = mapAt(object, 'spec');
  const rules = listAt(spec, 'rules');
  const nowhere = rules.length === 0 && spec['defaultBackend'] === undefined;
  const none = nowhere
    ? [fault.invalid('spec', null, 'either `defaultBackend` or `rules` must be specified')]
    : [];
  const untyped = rules.flatMap((rule, at) =>
    listAt(rule, 'http', 'paths').flatMap((path, place) => {
      const field = `spec.rules[${at}].http.paths[${place}].pathType`;
      return textAt(path, 'pathType') === '' ? [fault.required(field, 'pathType must be specified')] : [];
    }),
  );
  return [...none, ...untyped];
}

function peerFaults(peer: Json, path: string): FieldFault[] {
  const block = mapAt(peer, 'ipBlock');
  if (Object.keys(block).length === 0) return [];
  const told = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
  const wrong = isBlock(textAt(block, 'cidr'))
    ? []
    : [fault.invalid(`${path}.ipBlock.cidr`, textAt(block, 'cidr'), told)];
  const except = listAt(block, 'except').flatMap((one, at) =>
    isBlock(plainText(one)) ? [] : [fault.invalid(`${path}.ipBlock.except[${at}]`, one, told)],
  );
  return [...wrong, ...except];
}

function isBlock(text: string): boolean {
  const [address = '', bits = ''] = text.split('/');
  if (address.includes(':')) return /^[0-9a-fA-F:]+$/.test(address) && Number(bits) <= 128 && bits !== '';
  const parts = address.split('.');
  return (
    parts.length === 4 &&
    parts.every((part) => /^\d+$/.test(part) && Number(part) < 256) &&
    /^\d+$/.test(bits) &&
    Number(bits) <= 32
  );
}
