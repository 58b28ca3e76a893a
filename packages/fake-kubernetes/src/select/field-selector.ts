import { type Json, jsonAt, plainText } from '../json/json-tree.ts';
import { badRequest } from '../server/refusal.ts';

/** One demand on a field. */
interface FieldRequirement {
  readonly path: readonly string[];
  readonly equal: boolean;
  readonly value: string;
}

/** All demands; an empty selector fits everything. */
export type FieldSelector = readonly FieldRequirement[];

const always = ['metadata.name', 'metadata.namespace'];

/** Further fields that a kind can be selected by. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  secrets: ['type'],
  namespaces: ['status.phase'],
  nodes: ['spec.unschedulable'],
  jobs: ['status.successful'],
  services: ['spec.clusterIP', 'spec.type'],
  replicasets: ['status.replicas'],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
};

/** Kinds that the server converts from an older form tell an unknown field in other words. */
const converted = new Set([
  'pods',
  'nodes',
  'events',
  'namespaces',
  'secrets',
  'services',
  'jobs',
  'replicasets',
]);

/** Reads `metadata.name=x,status.phase!=Running`; throws a refusal with status 400 for a field that cannot be selected by. */
export function parseFieldSelector(text: string, resource: string): FieldSelector {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => requirementOf(part, resource));
}

function requirementOf(part: string, resource: string): FieldRequirement {
  const match = /^([^=!]+)(==|!=|=)(.*)$/.exec(part);
  if (match === null) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
  const [, field = '', operator, value = ''] = match;
  if (!always.includes(field) && !(selectable[resource] ?? []).includes(field)) {
    throw badRequest(
      converted.has(resource)
        ? `field label not supported: ${field}`
        : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
  return { path: field.split('.'), equal: operator !== '!=', value };
}

/** Whether an object fits a selector. */
export function fitsFields(selector: FieldSelector, object: Json): boolean {
  return selector.every(({ path, equal, value }) => {
    const found = jsonAt(object, ...path);
    const text = found === undefined || found === null ? emptyFor(path) : plainText(found);
    return (text === value) === equal;
  });
}

function emptyFor(path: readonly string[]): string {
  return ['unschedulable', 'hostNetwork'].includes(path.at(-1) ?? '') ? 'false' : '';
}
