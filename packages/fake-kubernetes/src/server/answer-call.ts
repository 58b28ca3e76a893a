import { mapAt, textAt } from '../json/json-tree.ts';
import { rulesOf } from '../validation/rules-of.ts';
import {
  type ApiCall,
  type ResourceCall,
  type ResourcePath,
  isWatch,
  parsePath,
  verbOf,
} from './api-call.ts';
import { type ApiResponse, type PlainResponse, jsonResponse, withWarnings } from './api-response.ts';
import { authorizePath, authorizeResource } from './authorize.ts';
import { type ClusterState, readObject } from './cluster-state.ts';
import { deleteCollection, deleteObject } from './delete-object.ts';
import { answerPath, pageNotFound } from './discovery.ts';
import { evictPod } from './evict-pod.ts';
import { listObjects } from './list-objects.ts';
import { isYaml, parseBody, readObjectOf, unknownFormat } from './object-codec.ts';
import { patchObject } from './patch-object.ts';
import { readPodLog } from './pod-log.ts';
import { proxyPod } from './proxy-pod.ts';
import { formOf, inVersion, presentObject } from './present-object.ts';
import { Refusal, badRequest, fault, invalidOption, notFound, nothingServed } from './refusal.ts';
import { storageOf } from './resource-type.ts';
import { answerReview, requestToken } from './review-requests.ts';
import { bindPod, finalizeNamespace } from './small-subresources.ts';
import { scaleObject } from './scale-object.ts';
import { watchObjects } from './watch-objects.ts';
import { changeObject, createObject, liveObject } from './write-object.ts';

/** What answering needs besides the state. */
export interface Answering {
  readonly state: ClusterState;
  /** Makes a token that is known from then on. */
  readonly issueToken: (user: string) => string;
  /** What goes wrong on purpose, once it is known what is asked; may throw a refusal. */
  readonly beforeResource?: (call: ResourceCall) => void;
}

const acceptedTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const createOnly = new Set(['eviction', 'binding', 'token']);

/** Answers one call, later only where somebody else has to be asked; throws a refusal where the answer is no. */
export function answerCall(answering: Answering, call: ApiCall): ApiResponse | Promise<PlainResponse> {
  const { state } = answering;
  const path = parsePath(call.path);
  if (path === undefined) {
    authorizePath(state, call);
    if (call.method !== 'GET') throw notAllowed();
    return answerPath(state.registry, call.path, call.headers['accept'] ?? '');
  }
  const type = state.registry.find(path.group, path.version, path.resource);
  if (type === undefined) return answerUnknown(state, call, path);
  const { namespace, name, subresource } = path;
  const verb = verbOf(call.method, name, isWatch(call.query));
  if (verb === undefined || (name === '' && (verb === 'update' || verb === 'patch'))) throw notAllowed();
  const resourceCall: ResourceCall = { ...call, verb, type, namespace, name, subresource };
  authorizeResource(state, resourceCall);
  answering.beforeResource?.(resourceCall);
  return answerResource(answering, resourceCall);
}

/** A group that nobody serves is a plain page; what is missing from one that is served is told as a status. */
function answerUnknown(state: ClusterState, call: ApiCall, path: ResourcePath): ApiResponse {
  if (state.registry.all().some(({ group }) => group === path.group)) throw nothingServed();
  authorizePath(state, call);
  return pageNotFound;
}

function notAllowed(): Refusal {
  return new Refusal(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

function answerResource(answering: Answering, call: ResourceCall): ApiResponse | Promise<PlainResponse> {
  const { type, subresource, verb, name } = call;
  if (subresource !== '') {
    const known = type.subresources.get(subresource);
    if (known === undefined) throw type.custom === undefined ? nothingServed() : notFound(type, name);
    if (!known.verbs.includes(verb)) throw notAllowed();
    return answerSubresource(answering, call);
  }
  if (!type.verbs.includes(verb) || (verb === 'create' && name !== '')) throw notAllowed();
  checkOptions(call);
  return answerObject(answering, call);
}

const optionKinds: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

function checkOptions({ query, verb }: ResourceCall): void {
  const kind = optionKinds[verb];
  const dryRun = query['dryRun'];
  if (kind !== undefined && dryRun !== undefined && dryRun !== 'All') {
    throw invalidOption(kind, fault.unsupported('dryRun', [dryRun], ['All']));
  }
}

function answerObject({ state }: Answering, call: ResourceCall): ApiResponse {
  switch (call.verb) {
    case 'get':
      return getObject(state, call);
    case 'list':
      return listObjects(state, call);
    case 'watch':
      return watchObjects(state, call);
    case 'create':
      return answerReview(state, call) ?? postObject(state, call);
    case 'update':
      return putObject(state, call);
    case 'patch':
      return patchObject(state, call);
    case 'delete':
      return deleteObject(state, call);
    default:
      return deleteCollection(state, call);
  }
}

function answerSubresource(
  { state, issueToken }: Answering,
  call: ResourceCall,
): ApiResponse | Promise<PlainResponse> {
  const { subresource, verb } = call;
  checkOptions(call);
  if (createOnly.has(subresource)) {
    if (subresource === 'eviction') return evictPod(state, call);
    if (subresource === 'binding') return bindPod(state, call);
    return requestToken(state, call, issueToken);
  }
  if (subresource === 'scale') return scaleObject(state, call);
  if (subresource === 'finalize') return finalizeNamespace(state, call);
  if (subresource === 'log') return readPodLog(state, call);
  if (subresource === 'proxy' && verb === 'get') return proxyPod(state, call);
  if (verb === 'get') return getObject(state, call);
  if (subresource !== 'status')
    throw new Refusal(501, 'NotImplemented', `the fake does not play ${subresource}`);
  return verb === 'update' ? putObject(state, call) : patchObject(state, call);
}

function getObject(state: ClusterState, call: ResourceCall): ApiResponse {
  const form = formOf(call.headers['accept'], call.type);
  return jsonResponse(200, presentObject(call.type, liveObject(state, call), form, state.now()));
}

function postObject(state: ClusterState, call: ResourceCall): ApiResponse {
  const { object, warnings } = readSent(call, 'CreateOptions');
  rulesOf(call.type).defaults?.(object);
  const written = createObject(state, call, object, { kind: 'update' });
  return withWarnings(jsonResponse(201, inVersion(call.type, written.object)), warnings);
}

function putObject(state: ClusterState, call: ResourceCall): ApiResponse {
  const { type, namespace, name } = call;
  const { object, warnings } = readSent(call, 'UpdateOptions');
  const own = textAt(object, 'metadata', 'name');
  if (own === '')
    throw badRequest(
      `the name of the object (${own} based on URL) was undeterminable: name must be provided`,
    );
  if (own !== name)
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  rulesOf(type).defaults?.(object);
  const live = readObject(state, storageOf(type), namespace, name);
  if (live === undefined) {
    const version = textAt(mapAt(object, 'metadata'), 'resourceVersion');
    if (!rulesOf(type).createOnUpdate || call.subresource !== '' || version !== '')
      throw notFound(type, name);
    const created = createObject(state, call, object, { kind: 'update' });
    return withWarnings(jsonResponse(201, inVersion(type, created.object)), warnings);
  }
  const written = changeObject(state, call, inVersion(type, live), object, { kind: 'update' });
  return withWarnings(jsonResponse(200, inVersion(type, written.object)), warnings);
}

function readSent(call: ResourceCall, optionsKind: string): ReturnType<typeof readObjectOf> {
  const yaml = isYaml(call.headers['content-type']);
  if (yaml === undefined) throw unknownFormat(acceptedTypes);
  const text = typeof call.body === 'string' && !yaml ? { text: call.body } : {};
  const options = { fieldValidation: call.query['fieldValidation'], optionsKind, ...text };
  return readObjectOf(call.type, parseBody(call.body, yaml), options);
}
