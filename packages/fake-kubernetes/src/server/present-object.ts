import { type JsonMap, mapAt } from '../json/json-tree.ts';
import { type ResourceType, apiVersionOf } from './resource-type.ts';
import { Refusal } from './refusal.ts';
import { type TableColumns, tableColumnsOf, tableOf } from './table.ts';

/** In which form objects are wanted. */
export type ObjectForm =
  | { readonly kind: 'whole' }
  | { readonly kind: 'metadata' }
  | { readonly kind: 'table'; readonly columns: TableColumns };

const notAcceptable =
  '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';

/** Reads `Accept`: the first form that can be given counts; throws a refusal with 406 when none can. */
export function formOf(accept: string | undefined, type: ResourceType): ObjectForm {
  if (accept === undefined || accept === '') return { kind: 'whole' };
  for (const part of accept.split(',')) {
    const [media = '', ...parameters] = part.split(';').map((one) => one.trim());
    const as = parameters.find((one) => one.startsWith('as='))?.slice(3);
    if (media === '*/*' || media === 'application/*') return { kind: 'whole' };
    if (media !== 'application/json') continue;
    if (as === undefined) return { kind: 'whole' };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { kind: 'metadata' };
    const columns = as === 'Table' ? tableColumnsOf(type) : undefined;
    if (columns !== undefined) return { kind: 'table', columns };
  }
  throw new Refusal(406, 'NotAcceptable', notAcceptable, {});
}

/** An object in the version it is asked for. */
export function inVersion(type: ResourceType, object: JsonMap): JsonMap {
  const wanted = apiVersionOf(type);
  return object['apiVersion'] === wanted ? object : { ...object, apiVersion: wanted };
}

/** One object in the form it is asked for. */
export function presentObject(type: ResourceType, object: JsonMap, form: ObjectForm, now: number): JsonMap {
  if (form.kind === 'metadata') return partial(object);
  if (form.kind === 'table')
    return tableOf(form.columns, [object], mapAt(object, 'metadata')['resourceVersion'], now);
  return inVersion(type, object);
}

/** A list in the form it is asked for; `metadata` tells its version and how to go on. */
export function presentList(
  type: ResourceType,
  objects: readonly JsonMap[],
  metadata: JsonMap,
  form: ObjectForm,
  now: number,
): JsonMap {
  if (form.kind === 'metadata') {
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
      items: objects.map(partial),
    };
  }
  if (form.kind === 'table') return { ...tableOf(form.columns, objects, undefined, now), metadata };
  const custom = type.custom !== undefined;
  return {
    kind: type.listKind,
    apiVersion: apiVersionOf(type),
    metadata: custom ? { continue: '', ...metadata } : metadata,
    items: custom ? objects.map((object) => inVersion(type, object)) : objects.map(bare),
  };
}

function partial({ metadata }: JsonMap): JsonMap {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: metadata ?? {} };
}

/** Items of built-in lists do not say what they are. */
function bare({ kind: _kind, apiVersion: _apiVersion, ...object }: JsonMap): JsonMap {
  return object;
}
