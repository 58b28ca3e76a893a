import {
  type Json,
  type JsonMap,
  copyJson,
  isMap,
  jsonAt,
  mapAt,
  numberAt,
  textAt,
} from '../json/json-tree.ts';
import { managersOf } from '../managed/field-ownership.ts';
import { builtinSchema } from '../schema/builtin-schemas.ts';
import { decodeBuiltin } from '../schema/decode-builtin.ts';
import { labelSelectorOf, renderLabelSelector } from '../select/label-selector.ts';
import type { ResourceCall } from './api-call.ts';
import { type PlainResponse, jsonResponse } from './api-response.ts';
import type { ClusterState } from './cluster-state.ts';
import { parseBody } from './object-codec.ts';
import { applyPatch } from './patch-object.ts';
import { inVersion } from './present-object.ts';
import { Refusal, badRequest, conflict, fault, internalError, invalid, staleVersion } from './refusal.ts';
import type { ScalePaths } from './resource-type.ts';
import { type Ownership, changeObject, liveObject } from './write-object.ts';

const builtinPaths: ScalePaths = {
  replicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  selector: ['spec', 'selector'],
};

/** Answers the scale subresource: a small object that stands for the number of copies of a larger one. */
export function scaleObject(state: ClusterState, call: ResourceCall): PlainResponse {
  const live = inVersion(call.type, liveObject(state, call));
  const paths = call.type.custom?.scale ?? builtinPaths;
  if (call.verb === 'get') {
    if (typeof jsonAt(live, ...paths.replicas) !== 'number')
      throw internalError(`the spec replicas field ".${paths.replicas.join('.')}" does not exist`);
    return jsonResponse(200, scaleOf(live, paths));
  }
  const present = scaleOf(live, paths);
  const wanted = readScale(call, present);
  const replicas = numberAt(wanted, 'spec', 'replicas') ?? 0;
  checkScale(call, live, wanted, replicas);
  const next = copyJson(live) as JsonMap;
  put(next, paths.replicas, replicas);
  // Ownership is not settled anew for custom resources: that is how the recorded server did it.
  const ownership: Ownership =
    call.type.custom === undefined ? { kind: 'update' } : { kind: 'applied', managers: managersOf(live) };
  const written = changeObject(state, call, live, next, ownership);
  return jsonResponse(200, scaleOf(written.object, paths));
}

function scaleOf(object: JsonMap, paths: ScalePaths): JsonMap {
  const replicas = jsonAt(object, ...paths.replicas);
  const metadata = mapAt(object, 'metadata');
  const kept = ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp'];
  const selector = selectorText(object, paths);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: Object.fromEntries(
      kept.flatMap((key) => (metadata[key] === undefined ? [] : [[key, metadata[key]]])),
    ),
    spec: typeof replicas === 'number' && replicas > 0 ? { replicas } : {},
    status: {
      replicas: numberAt(object, ...paths.statusReplicas) ?? 0,
      ...(selector === '' ? {} : { selector }),
    },
  };
}

function selectorText(object: JsonMap, paths: ScalePaths): string {
  if (paths.selector === undefined) return '';
  const selector = jsonAt(object, ...paths.selector);
  if (typeof selector === 'string') return selector;
  return renderLabelSelector(labelSelectorOf(selector) ?? []);
}

function readScale(call: ResourceCall, present: JsonMap): JsonMap {
  const body = parseBody(call.body);
  const schema = builtinSchema('autoscaling', 'v1', 'Scale');
  const format = (call.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  if (call.verb === 'patch' && format.includes('apply'))
    throw new Refusal(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  const value: Json =
    call.verb === 'patch'
      ? applyPatch({ ...call.type, custom: undefined, schema }, format, present, body)
      : body;
  if (!isMap(value) || schema === undefined) throw badRequest("couldn't get version/kind; json parse error");
  return decodeBuiltin(schema, value, 'v1').object;
}

function checkScale(call: ResourceCall, live: JsonMap, wanted: JsonMap, replicas: number): void {
  const name = textAt(wanted, 'metadata', 'name');
  const { type } = call;
  if (name !== '' && name !== call.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${call.name})`);
  }
  const version = textAt(wanted, 'metadata', 'resourceVersion');
  if (version !== '' && version !== textAt(live, 'metadata', 'resourceVersion')) {
    throw conflict(type.group, type.resource, call.name, staleVersion);
  }
  if (replicas < 0) {
    const faults = [fault.invalid('spec.replicas', replicas, 'must be greater than or equal to 0')];
    throw invalid('autoscaling', 'Scale', call.name, faults);
  }
}

function put(target: JsonMap, path: readonly string[], value: Json): void {
  let here = target;
  for (const key of path.slice(0, -1)) {
    const below = here[key];
    const made: JsonMap = isMap(below) ? below : {};
    here[key] = made;
    here = made;
  }
  here[path.at(-1) ?? ''] = value;
}
