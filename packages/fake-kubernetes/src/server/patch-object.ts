import { reasonOf } from '../json/reason-of.ts';
import { type Json, type JsonMap, isMap, mapAt, textAt } from '../json/json-tree.ts';
import { manageApply } from '../managed/manage-apply.ts';
import { manageUpdate } from '../managed/manage-update.ts';
import { type Managers, managersOf } from '../managed/field-ownership.ts';
import { jsonPatch } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { strategicPatch } from '../patch/strategic-patch.ts';
import { rulesOf } from '../validation/rules-of.ts';
import { checkApplied } from '../validation/check-applied.ts';
import type { ResourceCall } from './api-call.ts';
import { type PlainResponse, jsonResponse, withWarnings } from './api-response.ts';
import { type ClusterState, readObject, timestamp } from './cluster-state.ts';
import { emptyOf, parseBody, readObjectOf, unknownFormat } from './object-codec.ts';
import { inVersion } from './present-object.ts';
import { Refusal, badRequest, conflict, fault, invalid, invalidOption, staleVersion } from './refusal.ts';
import { type ResourceType, apiVersionOf, storageOf } from './resource-type.ts';
import {
  type Written,
  changeObject,
  createObject,
  liveObject,
  managedSchema,
  resetBy,
  writerOf,
} from './write-object.ts';

const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** Answers a PATCH of an object or of its status. */
export function patchObject(state: ClusterState, call: ResourceCall): PlainResponse {
  const format = (call.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  checkFormat(call.type, format);
  if (format === types.apply) return applyObject(state, call);
  if (call.query['force'] !== undefined) {
    throw invalidOption('PatchOptions', fault.forbidden('force', 'may not be specified for non-apply patch'));
  }
  const patch = parsePatch(call, format);
  const live = liveObject(state, call);
  const served = inVersion(call.type, live);
  const patched = applyPatch(call.type, format, served, patch);
  const { object, warnings } = decodePatched(call, patched);
  rulesOf(call.type).defaults?.(object);
  const written = changeObject(state, call, served, object, { kind: 'update' });
  return answer(call.type, written, warnings);
}

function checkFormat(type: ResourceType, format: string): void {
  if (!Object.values(types).includes(format)) {
    throw new Refusal(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  }
  if (format === types.strategic && type.custom !== undefined)
    throw unknownFormat([types.json, types.merge, types.apply]);
}

function parsePatch({ body }: ResourceCall, format: string): Json {
  let patch: Json;
  try {
    patch = parseBody(body);
  } catch (error) {
    if (error instanceof Refusal && error.status === 413) throw error;
    throw badRequest('error decoding patch: unexpected end of JSON input');
  }
  const wanted = format === types.json ? Array.isArray(patch) : isMap(patch);
  if (wanted) return patch;
  const found = Array.isArray(patch) ? 'array' : isMap(patch) ? 'object' : typeof patch;
  const into = format === types.json ? '[]handlers.jsonPatchOp' : 'map[string]interface {}';
  throw badRequest(`error decoding patch: json: cannot unmarshal ${found} into Go value of type ${into}`);
}

/** Carries out a patch that is no apply. */
export function applyPatch(type: ResourceType, format: string, live: JsonMap, patch: Json): Json {
  if (format === types.json) return jsonPatch(live, Array.isArray(patch) ? patch : []);
  if (format === types.merge) return mergePatch(live, patch);
  return strategicPatch(managedSchema({ type }), live, isMap(patch) ? patch : {});
}

/** A patched object that cannot be decoded is refused with 422, not with 400. */
function decodePatched(call: ResourceCall, patched: Json): { object: JsonMap; warnings: readonly string[] } {
  const options = { fieldValidation: call.query['fieldValidation'], optionsKind: 'PatchOptions' };
  try {
    return readObjectOf(call.type, patched, options);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 400 || error.message.includes('strict decoding'))
      throw error;
    throw invalid('', '', '', [fault.invalid('patch', JSON.stringify(patched), error.message)]);
  }
}

function applyObject(state: ClusterState, call: ResourceCall): PlainResponse {
  const { type, query } = call;
  if (!query['fieldManager']) {
    throw invalidOption('PatchOptions', fault.required('fieldManager', 'is required for apply patch'));
  }
  const config = readConfig(call);
  const live = readObject(state, storageOf(type), call.namespace, call.name);
  checkConfig(call, config, live);
  const base = live === undefined ? emptyOf(type) : inVersion(type, live);
  const given = {
    ...config,
    metadata: { ...mapAt(config, 'metadata'), ...(type.namespaced ? { namespace: call.namespace } : {}) },
  };
  checkApplied(type, managedSchema(call), given);
  const applied = manageApply({
    schema: managedSchema(call),
    live: base,
    config: given,
    managers: live === undefined ? new Map() : managersBefore(call, base, timestamp(state)),
    writer: writerOf(state, call),
    reset: resetBy(call),
    force: query['force'] === 'true',
  });
  const source = applied.object ?? base;
  const { object, warnings } = readObjectOf(type, source, {
    fieldValidation: query['fieldValidation'],
    optionsKind: 'PatchOptions',
  });
  rulesOf(type).defaults?.(object);
  const ownership = { kind: 'applied' as const, managers: applied.managers };
  if (live === undefined) delete (mapAt(object, 'metadata') as { resourceVersion?: Json }).resourceVersion;
  if (live === undefined) return answer(type, createObject(state, call, object, ownership), warnings);
  return answer(type, changeObject(state, call, base, object, ownership), warnings);
}

/** What an object holds that nobody was said to own belongs to whoever was there before the first apply. */
function managersBefore(call: ResourceCall, live: JsonMap, time: string): Managers {
  const managers = managersOf(live);
  if (managers.size > 0) return managers;
  const writer = {
    name: 'before-first-apply',
    apiVersion: apiVersionOf(call.type),
    subresource: '',
    time,
  };
  const [schema, next] = [managedSchema(call), live];
  return manageUpdate({ schema, live: emptyOf(call.type), next, managers, writer, reset: resetBy(call) });
}

function readConfig(call: ResourceCall): JsonMap {
  let config: Json;
  try {
    config = parseBody(call.body, true);
  } catch (error) {
    if (error instanceof Refusal && error.status === 413) throw error;
    throw badRequest(`error decoding YAML: ${reasonOf(error)}`);
  }
  if (!isMap(config)) throw badRequest('error decoding YAML: it is no object');
  return config;
}

function checkConfig(call: ResourceCall, config: JsonMap, live: JsonMap | undefined): void {
  const { type, name } = call;
  if (Array.isArray(mapAt(config, 'metadata')['managedFields']))
    throw badRequest('metadata.managedFields must be nil');
  const [apiVersion, kind] = [textAt(config, 'apiVersion'), textAt(config, 'kind')];
  if (apiVersion !== apiVersionOf(type) || kind !== type.kind) {
    throw badRequest(`invalid object type: ${apiVersion || '/'}, Kind=${kind}`);
  }
  const own = textAt(config, 'metadata', 'name');
  if (own !== '' && own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  }
  const version = textAt(config, 'metadata', 'resourceVersion');
  // Of an object that is not there no version is wrong: it is made, which is how a client makes sure that it makes it.
  if (version === '' || live === undefined) return;
  if (version !== textAt(live, 'metadata', 'resourceVersion'))
    throw conflict(type.group, type.resource, name, staleVersion);
}

function answer(type: ResourceType, written: Written, warnings: readonly string[]): PlainResponse {
  return withWarnings(jsonResponse(written.created ? 201 : 200, inVersion(type, written.object)), warnings);
}
