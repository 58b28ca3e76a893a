import {
  type JsonMap,
  ensureMap,
  isMap,
  jsonAt,
  listAt,
  mapAt,
  sameJson,
  textAt,
  plainText,
} from '../json/json-tree.ts';
import type { KindRules } from '../server/kind-rules.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import { fill } from './pod-defaults.ts';

/** How much a config map or secret may hold. */
const contentLimitBytes = 1_048_576;

const keyMessage =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/** Config maps, secrets, service accounts, leases, events and roles. */
export const configRules: Readonly<Record<string, KindRules>> = {
  '/ConfigMap': {
    validate: (object, live) => [
      ...keyFaults(object, 'data'),
      ...keyFaults(object, 'binaryData'),
      ...sizeFaults(object, ['data', 'binaryData'], '[]'),
      ...frozenFaults(object, live, ['data', 'binaryData']),
    ],
  },
  '/Secret': {
    defaults: (object) => {
      for (const [key, text] of Object.entries(mapAt(object, 'stringData'))) {
        ensureMap(object, 'data')[key] = Buffer.from(plainText(text)).toString('base64');
      }
      delete object['stringData'];
      fill(object, 'type', 'Opaque');
    },
    validate: (object, live) => [
      ...keyFaults(object, 'data'),
      ...sizeFaults(object, ['data'], 'data'),
      ...secretTypeFaults(object),
      ...frozenFaults(object, live, ['data']),
      ...(live !== undefined && !sameJson(object['type'], live['type'])
        ? [fault.invalid('type', object['type'], 'field is immutable')]
        : []),
    ],
  },
  '/ServiceAccount': { returnsDeleted: true },
  'coordination.k8s.io/Lease': {
    createOnUpdate: true,
    unconditional: false,
    validate: (object) => {
      const spec = mapAt(object, 'spec');
      return ['leaseDurationSeconds', 'leaseTransitions'].flatMap((key) => leaseFaults(spec, key));
    },
  },
  '/Event': { createOnUpdate: true },
  'events.k8s.io/Event': { createOnUpdate: true },
  'rbac.authorization.k8s.io/Role': { nameRule: 'path', validate: ruleFaults },
  'rbac.authorization.k8s.io/ClusterRole': { nameRule: 'path', validate: ruleFaults },
  'rbac.authorization.k8s.io/RoleBinding': bindingRules(),
  'rbac.authorization.k8s.io/ClusterRoleBinding': bindingRules(),
};

function leaseFaults(spec: JsonMap, key: string): FieldFault[] {
  const value = spec[key];
  const least = key === 'leaseDurationSeconds' ? 1 : 0;
  if (typeof value !== 'number' || value >= least) return [];
  return [
    fault.invalid(
      `spec.${key}`,
      value,
      least === 1 ? 'must be greater than 0' : 'must be greater than or equal to 0',
    ),
  ];
}

function ruleFaults(object: JsonMap): FieldFault[] {
  return listAt(object, 'rules').flatMap((rule, at) => {
    const none = (key: string): boolean => listAt(rule, key).length === 0;
    const path = `rules[${at}]`;
    const verbs = none('verbs')
      ? [fault.required(`${path}.verbs`, 'verbs must contain at least one value')]
      : [];
    if (!none('nonResourceURLs')) return verbs;
    const groups = none('apiGroups')
      ? [fault.required(`${path}.apiGroups`, 'resource rules must supply at least one api group')]
      : [];
    const resources = none('resources')
      ? [fault.required(`${path}.resources`, 'resource rules must supply at least one resource')]
      : [];
    return [...verbs, ...groups, ...resources];
  });
}

function bindingRules(): KindRules {
  return {
    nameRule: 'path',
    defaults: (object) => {
      fill(mapAt(object, 'roleRef'), 'apiGroup', 'rbac.authorization.k8s.io');
      for (const subject of listAt(object, 'subjects')) {
        const kind = textAt(subject, 'kind');
        if (isMap(subject) && (kind === 'User' || kind === 'Group'))
          fill(subject, 'apiGroup', 'rbac.authorization.k8s.io');
      }
    },
    validate: (object, live) =>
      live === undefined || sameJson(jsonAt(object, 'roleRef'), jsonAt(live, 'roleRef'))
        ? []
        : [fault.invalid('roleRef', jsonAt(object, 'roleRef'), 'cannot change roleRef')],
  };
}

function keyFaults(object: JsonMap, field: string): FieldFault[] {
  return Object.keys(mapAt(object, field))
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))
    .map((key) => fault.invalid(`${field}[${key}]`, key, keyMessage));
}

function sizeFaults(object: JsonMap, fields: readonly string[], field: string): FieldFault[] {
  let size = 0;
  for (const one of fields) {
    for (const value of Object.values(mapAt(object, one))) size += Buffer.byteLength(plainText(value));
  }
  return size > contentLimitBytes ? [fault.tooLong(field, contentLimitBytes)] : [];
}

function frozenFaults(object: JsonMap, live: JsonMap | undefined, fields: readonly string[]): FieldFault[] {
  if (live?.['immutable'] !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  const thawed = object['immutable'] === true ? [] : [fault.forbidden('immutable', why)];
  const changed = fields.filter((field) => !sameJson(object[field], live[field]));
  return [...thawed, ...changed.map((field) => fault.forbidden(field, why))];
}

const neededKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

function secretTypeFaults(object: JsonMap): FieldFault[] {
  const keys = neededKeys[textAt(object, 'type')] ?? [];
  return keys
    .filter((key) => mapAt(object, 'data')[key] === undefined)
    .map((key) => fault.required(`data[${key}]`));
}
