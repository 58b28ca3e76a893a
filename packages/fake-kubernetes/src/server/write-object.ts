import { isMap, jsonAt, listAt, mapAt, numberAt, sameJson, textAt } from '../json/json-tree.ts';
import type { Json, JsonMap } from '../json/json-tree.ts';
import { FieldSet } from '../managed/field-set.ts';
import { fieldSet, manageUpdate } from '../managed/manage-update.ts';
import { type Managers, managersOf, renderManagers } from '../managed/field-ownership.ts';
import { objectMetaSchema } from '../schema/builtin-schemas.ts';
import { defaultCustom } from '../schema/decode-custom.ts';
import type { StructNode } from '../schema/schema-node.ts';
import { validateCustom } from '../schema/validate-custom.ts';
import { checkNamespace } from '../admission/namespace-lifecycle.ts';
import { admitQuota } from '../admission/resource-quota.ts';
import { rulesOf } from '../validation/rules-of.ts';
import { validateMetadata } from '../validation/validate-metadata.ts';
import { type ResourceCall, isDryRun } from './api-call.ts';
import { type ClusterState, readObject, timestamp } from './cluster-state.ts';
import { emptyOf } from './object-codec.ts';
import {
  type FieldFault,
  alreadyExists,
  badRequest,
  conflict,
  fault,
  invalid,
  notFound,
  plainError,
  staleVersion,
} from './refusal.ts';
import { type ScalePaths, apiVersionOf, storageOf } from './resource-type.ts';

/** What was stored, or would be on a dry run. */
export interface Written {
  readonly object: JsonMap;
  readonly created: boolean;
}

/** How ownership of a write is settled: an apply has done it already, any other write is compared. */
export type Ownership =
  | { readonly kind: 'update' }
  | { readonly kind: 'applied'; readonly managers: Managers };

/** Stores a new object, decoded and with defaults. */
export function createObject(
  state: ClusterState,
  call: ResourceCall,
  object: JsonMap,
  ownership: Ownership,
): Written {
  const { type, namespace } = call;
  const context = { state, namespace, dryRun: isDryRun(call) };
  const rules = rulesOf(type);
  const metadata = mapAt(object, 'metadata');
  placeIn(call, metadata);
  if (textAt(metadata, 'resourceVersion') !== '') {
    throw plainError('resourceVersion should not be set on objects to be created');
  }
  const managers =
    ownership.kind === 'applied' ? ownership.managers : owned(state, call, emptyOf(type), object);
  nameObject(state, metadata);
  checkNamespace(state, call, textAt(metadata, 'name'));
  resetMetadata(state, metadata);
  if (hasStatus(call) && !rules.keepsStatus) delete object['status'];
  if (type.custom !== undefined) defaultCustom(type.custom.schema, object);
  else if (type.schema !== undefined) restoreStatus(call, object);
  if (countsGeneration(call)) metadata['generation'] = 1;
  rules.prepareNew?.(object, context);
  validate(call, object, undefined, state);
  const name = textAt(metadata, 'name');
  const present = readObject(state, storageOf(type), namespace, name);
  if (present !== undefined) {
    throw alreadyExists(type, name, textAt(present, 'metadata', 'deletionTimestamp') !== '');
  }
  admitQuota(state, call, object);
  setManagers(metadata, managers);
  if (context.dryRun) return { object, created: true };
  const stored = state.store.put(storageOf(type), namespace, name, object);
  rules.stored?.(stored, undefined, context);
  return { object: stored, created: true };
}

/** Stores a change of an object, decoded and with defaults; without a change nothing is stored. */
export function changeObject(
  state: ClusterState,
  call: ResourceCall,
  live: JsonMap,
  object: JsonMap,
  ownership: Ownership,
): Written {
  const { type, namespace } = call;
  const context = { state, namespace, dryRun: isDryRun(call) };
  const rules = rulesOf(type);
  const metadata = mapAt(object, 'metadata');
  placeIn(call, metadata);
  checkVersion(call, live, metadata);
  const managers = ownership.kind === 'applied' ? ownership.managers : owned(state, call, live, object);
  keepMetadata(live, metadata);
  keepOtherPart(call, live, object);
  if (call.subresource === '') rules.prepareChange?.(object, live, context);
  bumpGeneration(call, live, object);
  validate(call, object, live, state);
  setManagers(metadata, managers);
  if (sameJson(object, live)) return { object: live, created: false };
  if (context.dryRun) return { object, created: false };
  return { object: storeChange(state, call, live, object), created: false };
}

function storeChange(state: ClusterState, call: ResourceCall, live: JsonMap, object: JsonMap): JsonMap {
  const { type, namespace } = call;
  const name = textAt(object, 'metadata', 'name');
  const context = { state, namespace, dryRun: false };
  const leaving = textAt(object, 'metadata', 'deletionTimestamp') !== '';
  const held =
    listAt(object, 'metadata', 'finalizers').length > 0 ||
    (numberAt(object, 'metadata', 'deletionGracePeriodSeconds') ?? 0) > 0;
  if (leaving && !held && !isFinalizing(call, object)) {
    state.store.remove(storageOf(type), namespace, name);
    rulesOf(type).removed?.(object, context);
    return object;
  }
  const stored = state.store.put(storageOf(type), namespace, name, object);
  rulesOf(type).stored?.(stored, live, context);
  return stored;
}

/** A namespace goes when its own list of finalizers is empty as well. */
function isFinalizing({ type }: ResourceCall, object: JsonMap): boolean {
  return type.kind === 'Namespace' && listAt(object, 'spec', 'finalizers').length > 0;
}

function placeIn({ type, namespace, name, subresource, verb }: ResourceCall, metadata: JsonMap): void {
  const given = textAt(metadata, 'namespace');
  if (type.namespaced && given !== '' && given !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (type.namespaced) metadata['namespace'] = namespace;
  else delete metadata['namespace'];
  const own = textAt(metadata, 'name');
  if (verb === 'create' || subresource !== '') return;
  if (own !== '' && own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  }
  metadata['name'] = name;
}

function nameObject(state: ClusterState, metadata: JsonMap): void {
  const generate = textAt(metadata, 'generateName');
  if (textAt(metadata, 'name') === '' && generate !== '') metadata['name'] = `${generate}${state.suffix()}`;
}

function resetMetadata(state: ClusterState, metadata: JsonMap): void {
  for (const key of [
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
    'selfLink',
    'managedFields',
  ]) {
    delete metadata[key];
  }
  metadata['uid'] = state.uid();
  metadata['creationTimestamp'] = timestamp(state);
}

function hasStatus({ type }: ResourceCall): boolean {
  return type.subresources.has('status');
}

/** A built-in kind always has its status, if only an empty one. */
function restoreStatus(call: ResourceCall, object: JsonMap): void {
  const empty = emptyOf(call.type)['status'];
  if (empty !== undefined && object['status'] === undefined) object['status'] = empty;
}

function countsGeneration({ type }: ResourceCall): boolean {
  return type.custom !== undefined || rulesOf(type).generation !== undefined;
}

/** What of an object this kind of write leaves as it was. */
function keepOtherPart({ type, subresource }: ResourceCall, live: JsonMap, object: JsonMap): void {
  if (subresource === 'status') {
    for (const key of new Set([...Object.keys(object), ...Object.keys(live)])) {
      if (key !== 'status' && key !== 'metadata') restore(object, live, key);
    }
    keepStatusMetadata(type.custom !== undefined, type.kind, live, object);
  } else if (subresource === '' && type.subresources.has('status')) restore(object, live, 'status');
}

function keepStatusMetadata(custom: boolean, kind: string, live: JsonMap, object: JsonMap): void {
  const metadata = mapAt(object, 'metadata');
  const kept = custom
    ? ['labels', 'annotations', 'finalizers', 'ownerReferences']
    : kind === 'Pod' || kind === 'Node' || kind === 'Namespace'
      ? []
      : ['labels'];
  for (const key of kept) restore(metadata, mapAt(live, 'metadata'), key);
}

function restore(target: JsonMap, source: JsonMap, key: string): void {
  if (source[key] === undefined) delete target[key];
  else target[key] = source[key];
}

function keepMetadata(live: JsonMap, metadata: JsonMap): void {
  const before = mapAt(live, 'metadata');
  for (const key of [
    'creationTimestamp',
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'selfLink',
    'resourceVersion',
  ]) {
    restore(metadata, before, key);
  }
  if (metadata['uid'] === undefined) restore(metadata, before, 'uid');
}

function checkVersion(call: ResourceCall, live: JsonMap, metadata: JsonMap): void {
  const { type } = call;
  const name = textAt(live, 'metadata', 'name');
  const given = textAt(metadata, 'resourceVersion');
  if (given !== '' && !/^\d+$/.test(given))
    throw plainError(`strconv.ParseUint: parsing "${given}": invalid syntax`);
  const uid = textAt(metadata, 'uid');
  const liveUid = textAt(live, 'metadata', 'uid');
  if (call.method === 'PUT' && uid !== '' && uid !== liveUid) {
    const where = `/registry/${type.resource}/${call.namespace}/${name}`;
    throw conflict(
      type.group,
      type.resource,
      name,
      `StorageError: invalid object, Code: 4, Key: ${where}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${liveUid}`,
    );
  }
  const needsVersion = type.custom !== undefined || rulesOf(type).unconditional === false;
  if (given === '' || given === '0') {
    if (!needsVersion || call.method !== 'PUT') return;
    throw invalid(type.group, type.custom === undefined ? type.resource : type.resource, name, [
      {
        reason: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        message: 'Invalid value: 0: must be specified for an update',
      },
    ]);
  }
  if (given !== textAt(live, 'metadata', 'resourceVersion'))
    throw conflict(type.group, type.resource, name, staleVersion);
}

function bumpGeneration(call: ResourceCall, live: JsonMap, object: JsonMap): void {
  const { type, subresource } = call;
  if (subresource === 'status' || !countsGeneration(call)) return;
  const rule = rulesOf(type).generation;
  const changed =
    type.custom === undefined
      ? !sameJson(object['spec'], live['spec']) ||
        (rule === 'spec-and-annotations' && !sameAnnotations(object, live))
      : !sameJson(contentOf(object, type.custom.hasStatus), contentOf(live, type.custom.hasStatus));
  if (changed) mapAt(object, 'metadata')['generation'] = (numberAt(live, 'metadata', 'generation') ?? 0) + 1;
}

function sameAnnotations(a: JsonMap, b: JsonMap): boolean {
  return sameJson(mapAt(a, 'metadata', 'annotations'), mapAt(b, 'metadata', 'annotations'));
}

function contentOf(object: JsonMap, withoutStatus: boolean): JsonMap {
  const { metadata: _, status, ...rest } = object;
  return withoutStatus || status === undefined ? rest : { ...rest, status };
}

/** What nobody owns after a write through this path. */
export function resetBy({ type, subresource }: Pick<ResourceCall, 'type' | 'subresource'>): FieldSet {
  if (subresource === 'status') {
    return type.custom === undefined
      ? fieldSet([
          ['f:spec'],
          ...(type.kind === 'Pod' || type.kind === 'Node' || type.kind === 'Namespace'
            ? []
            : [['f:metadata', 'f:labels']]),
        ])
      : fieldSet([['f:spec'], ['f:metadata']]);
  }
  return type.subresources.has('status') ? fieldSet([['f:status']]) : new FieldSet();
}

/** The schema along which ownership of fields is settled. */
export function managedSchema(call: Pick<ResourceCall, 'type'>): StructNode {
  const { type } = call;
  if (type.schema !== undefined) return type.schema;
  const metadata = {
    node: objectMetaSchema(),
    required: false,
    embedded: true,
    pointer: false,
    patchRetainKeys: false,
  };
  return {
    kind: 'struct',
    name: type.kind,
    atomic: false,
    open: true,
    fields: new Map([['metadata', metadata]]),
  };
}

/** Who writes, as managed fields tell it. */
export function writerOf(
  state: ClusterState,
  call: ResourceCall,
): {
  readonly name: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
} {
  const agent = (call.headers['user-agent'] ?? '').split('/')[0]?.trim() ?? '';
  return {
    name: call.query['fieldManager'] || agent || 'unknown',
    apiVersion: apiVersionOf(call.type),
    subresource: call.subresource,
    time: call.subresource === 'scale' ? undefined : timestamp(state),
  };
}

function owned(state: ClusterState, call: ResourceCall, live: JsonMap, next: JsonMap): Managers {
  // An object whose managers are or were emptied is not followed any more, until somebody applies.
  const known = textAt(live, 'metadata', 'uid') !== '';
  if (known && (managersOf(live).size === 0 || emptiesManagers(next))) return new Map();
  return manageUpdate({
    schema: managedSchema(call),
    live,
    next,
    managers: managersOf(live),
    writer: writerOf(state, call),
    reset: resetBy(call),
  });
}

/** One empty entry says that nobody owns anything. */
function emptiesManagers(object: JsonMap): boolean {
  const given = listAt(object, 'metadata', 'managedFields');
  return given.length === 1 && isMap(given[0]) && Object.keys(given[0]).length === 0;
}

function setManagers(metadata: JsonMap, managers: Managers): void {
  const rendered: Json[] = renderManagers(managers);
  if (rendered.length === 0) delete metadata['managedFields'];
  else metadata['managedFields'] = rendered;
}

function validate(call: ResourceCall, object: JsonMap, live: JsonMap | undefined, state: ClusterState): void {
  const { type, namespace } = call;
  const faults = validateMetadata(type, object, live);
  if (type.custom !== undefined)
    faults.push(
      ...scaleFaults(type.custom.scale, object),
      ...validateCustom(type.custom.schema, object, live),
    );
  else if (call.subresource === '')
    faults.push(
      ...(rulesOf(type).validate?.(object, live, { state, namespace, dryRun: isDryRun(call) }) ?? []),
    );
  if (faults.length > 0) throw invalid(type.group, type.kind, textAt(object, 'metadata', 'name'), faults);
}

/** The number of copies of a custom resource must be a number, whatever its schema says. */
function scaleFaults(scale: ScalePaths | undefined, object: JsonMap): FieldFault[] {
  const value = scale === undefined ? undefined : jsonAt(object, ...scale.replicas);
  if (scale === undefined || value === undefined) return [];
  const field = `.${scale.replicas.join('.')}`;
  if (typeof value !== 'number')
    return [
      fault.invalid(field, 0, `${field} accessor error: x is of the type ${typeof value}, expected int64`),
    ];
  return value < 0 ? [fault.invalid(field, value, 'should be a non-negative integer')] : [];
}

/** The live object of a call; throws a refusal with 404 when there is none. */
export function liveObject(state: ClusterState, { type, namespace, name }: ResourceCall): JsonMap {
  const live = readObject(state, storageOf(type), namespace, name);
  if (live === undefined) throw notFound(type, name);
  return live;
}

/** A fault that tells that a field may not change. */
export function immutableFault(field: string, value: Json | undefined): ReturnType<typeof fault.invalid> {
  return fault.invalid(field, value, 'field is immutable');
}
