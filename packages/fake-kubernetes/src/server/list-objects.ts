import { reasonOf } from '../json/reason-of.ts';
import { type JsonMap, textAt } from '../json/json-tree.ts';
import { type FieldSelector, fitsFields, parseFieldSelector } from '../select/field-selector.ts';
import { type LabelSelector, fitsLabels, parseLabelSelector } from '../select/label-selector.ts';
import { keyOf } from '../storage/collection.ts';
import type { ResourceCall } from './api-call.ts';
import { type PlainResponse, jsonResponse } from './api-response.ts';
import type { ClusterState } from './cluster-state.ts';
import { formOf, presentList } from './present-object.ts';
import { Refusal, badRequest, expired, fault, invalidOption } from './refusal.ts';
import { storageOf } from './resource-type.ts';

/** What is selected of a resource. */
export interface Selection {
  readonly labels: LabelSelector;
  readonly fields: FieldSelector;
}

/** Reads the selectors of a query. */
export function selectionOf({ query, type }: Pick<ResourceCall, 'query' | 'type'>): Selection {
  return {
    labels: parseLabelSelector(query['labelSelector'] ?? ''),
    fields: parseFieldSelector(query['fieldSelector'] ?? '', type.resource),
  };
}

/** Whether an object is selected. */
export function selects({ labels, fields }: Selection, object: JsonMap): boolean {
  const metadata = object['metadata'] as JsonMap;
  return fitsLabels(labels, metadata['labels']) && fitsFields(fields, object);
}

/** Where a list goes on: at which version, after which key. */
interface Continuation {
  readonly version: number;
  readonly after: string;
}

/** Answers a list, in pages where a limit is given. */
export function listObjects(state: ClusterState, call: ResourceCall): PlainResponse {
  const { type, namespace, query } = call;
  const form = formOf(call.headers['accept'], type);
  checkListOptions(query, 'ListOptions');
  const limit = numberIn(query, 'limit') ?? 0;
  numberIn(query, 'timeoutSeconds');
  const selection = selectionOf(call);
  const collection = state.store.collection(storageOf(type));
  const from = query['continue'] ? readContinue(query) : undefined;
  const version = from?.version ?? exactVersion(state, query) ?? state.store.version;
  const within = type.namespaced && namespace !== '' ? namespace : undefined;
  const oldest = Math.max(collection.forgottenUpTo, state.store.compactedUpTo);
  if (version >= 0 && version < oldest && version !== state.store.version) throw tooOld(from);
  const all = from?.version === -1 ? collection.inOrder(within) : collection.at(version, within);
  const rest = from === undefined ? all : all.filter((object) => keyOfObject(object) > from.after);
  const found = everything(selection) ? rest : rest.filter((object) => selects(selection, object));
  const page = limit > 0 ? found.slice(0, limit) : found;
  const metadata: JsonMap = { resourceVersion: String(from?.version === -1 ? state.store.version : version) };
  const last = page.at(-1);
  if (last !== undefined && page.length < found.length) {
    metadata['continue'] = renderContinue({
      version: Number(metadata['resourceVersion']),
      after: keyOfObject(last),
    });
    if (everything(selection)) metadata['remainingItemCount'] = found.length - page.length;
  }
  return jsonResponse(200, presentList(type, page, metadata, form, state.now()));
}

function everything({ labels, fields }: Selection): boolean {
  return labels.length === 0 && fields.length === 0;
}

function keyOfObject(object: JsonMap): string {
  return keyOf(textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name'));
}

/** A whole number of a query; throws a refusal with 400 when it is none. */
export function numberIn(query: Readonly<Record<string, string>>, key: string): number | undefined {
  const text = query[key];
  if (text === undefined || text === '') return undefined;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** Checks how the version of a list or watch is meant. */
export function checkListOptions(query: Readonly<Record<string, string>>, kind: string): void {
  const match = query['resourceVersionMatch'];
  if (match === undefined || match === '') return;
  if (query['resourceVersion'] === undefined && query['sendInitialEvents'] === undefined) {
    const why = 'resourceVersionMatch is forbidden unless resourceVersion is provided';
    throw invalidOption(kind, fault.forbidden('resourceVersionMatch', why));
  }
  if (match === 'Exact' || match === 'NotOlderThan') return;
  throw invalidOption(kind, fault.unsupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
}

/** The version that must be met exactly, or undefined when the present will do. */
function exactVersion(state: ClusterState, query: Readonly<Record<string, string>>): number | undefined {
  const text = query['resourceVersion'];
  if (text === undefined || text === '' || text === '0') return undefined;
  if (!/^\d+$/.test(text)) {
    const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: ${why}`,
    );
  }
  const version = Number(text);
  if (version > state.store.version) throw fromTheFuture(state, version);
  const exact = query['resourceVersionMatch'] === 'Exact' || (query['limit'] ?? '0') !== '0';
  return exact && query['resourceVersionMatch'] !== 'NotOlderThan' ? version : undefined;
}

function fromTheFuture(state: ClusterState, version: number): Refusal {
  const told = `Timeout: Too large resource version: ${version}, current: ${state.store.version}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  return new Refusal(504, 'Timeout', told, { causes, retryAfterSeconds: 1 }, { 'retry-after': '1' });
}

function tooOld(from: Continuation | undefined): Refusal {
  if (from === undefined) return expired('The resourceVersion for the provided list is too old.');
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  return expired(message, { continue: renderContinue({ version: -1, after: from.after }) });
}

function renderContinue({ version, after }: Continuation): string {
  const token = { v: 'meta.k8s.io/v1', rv: version, start: `${after}\u0000` };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function readContinue(query: Readonly<Record<string, string>>): Continuation {
  const version = query['resourceVersion'];
  if (version !== undefined && version !== '' && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  try {
    const token = JSON.parse(Buffer.from(query['continue'] ?? '', 'base64url').toString()) as {
      rv: number;
      start: string;
    };
    return { version: token.rv, after: token.start.slice(0, -1) };
  } catch (error) {
    throw badRequest(`invalid continue token: continue key is not valid: ${reasonOf(error)}`);
  }
}
