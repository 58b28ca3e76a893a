import { type Json, type JsonMap, isMap, listAt, numberAt, textAt, plainText } from '../json/json-tree.ts';
import { type RecordedLine, writePlace } from './recording.ts';

/**
 * Takes out of a line what is chance on a real server too (the README of the recordings lists it), so that what is left can be
 * compared. Equal values get equal masks, so that relations between values stay visible.
 */

const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const dropped = new Set(
  'freshness buildDate goVersion gitVersion gitCommit gitTreeState compiler platform serverRelativeURL serverAddress storageVersionHash hash'.split(
    ' ',
  ),
);
const numbered = new Set(
  'resourceVersion continue clusterIP podIP hostIP nodePort healthCheckNodePort nodeName pod-template-hash'.split(
    ' ',
  ),
);

/** Refusals whose words a client reads; the words of all others are the server's own business. */
const toldStatuses = new Set([403, 404, 409]);

/** A function that masks the lines of one recording, one after the other. */
export function lineMasker(): (line: RecordedLine) => Json {
  const masker = new Masker();
  return (line) => masker.mask(prepare(line), undefined);
}

class Masker {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  mask(value: Json, key: string | undefined): Json {
    if (key !== undefined && dropped.has(key)) return '<dropped>';
    if (key === 'cells' && Array.isArray(value)) return value.map((cell) => this.#cell(cell));
    if (Array.isArray(value)) {
      const items =
        key === 'managedFields' ? [...value].sort(byManager) : value.filter((item) => !isOfBuild(item));
      return items.map((item) => this.mask(item, key === 'clusterIPs' ? 'clusterIP' : undefined));
    }
    if (isMap(value)) return this.#maskMap(value, key);
    if (key !== undefined && numbered.has(key)) return this.#maskNumbered(value, key);
    return typeof value === 'string' ? this.#text(value) : value;
  }

  #maskMap(value: JsonMap, key: string | undefined): Json {
    // The version of a list is the store's, which moves for reasons of its own; the version of an object is its own.
    const list = key === 'metadata' && !value['name'] && value['resourceVersion'] !== undefined;
    const source = isMap(value) && list ? { ...value, resourceVersion: '0' } : value;
    const entries = Object.entries(source)
      .filter(([name]) => name !== 'ms')
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([name, item]) => [this.#text(name), this.mask(item, name)]));
  }

  #maskNumbered(value: Json, key: string): Json {
    if (value === '' || value === '0' || value === 'None') return value;
    return key === 'resourceVersion' || key === 'continue' ? this.#number(key, plainText(value)) : `<${key}>`;
  }

  #cell(cell: Json): Json {
    return typeof cell === 'string' && /^(\d+[smhd])+$/.test(cell) ? '<age>' : this.mask(cell, undefined);
  }

  #number(kind: string, value: string): string {
    const key = `${kind} ${value}`;
    let name = this.#names.get(key);
    if (name === undefined) {
      const count = (this.#counts.get(kind) ?? 0) + 1;
      this.#counts.set(kind, count);
      name = `<${kind} ${count}>`;
      this.#names.set(key, name);
    }
    return name;
  }

  #text(value: string): string {
    return value
      .replace(uid, (found) => this.#number('uid', found))
      .replace(time, '<time>')
      .replace(/(web|web-[0-9a-f]+)-[0-9a-z]{8,10}(-[0-9a-z]{5})?\b/g, '$1-<generated>')
      .replace(/\b(made|kube-api-access)-[0-9a-z]{5}\b/g, '$1-<generated>')
      .replace(/(resource version|current|revision)[:=]? "?\d+"?/gi, '$1 <version>')
      .replace(/\bin (record|the precondition) \(\d+\)/g, 'in $1 (<version>)');
  }
}

/** The recorded build mounts one config map more than others do. */
function isOfBuild(item: Json): boolean {
  return isMap(item) && isMap(item['configMap']) && item['configMap']['name'] === 'openshift-service-ca.crt';
}

function prepare(line: RecordedLine): Json {
  const copy = JSON.parse(JSON.stringify(line)) as RecordedLine & JsonMap;
  const target = copy.request ?? copy.race;
  for (const { at, from } of copy.uses ?? []) {
    if (at !== 'path') writePlace(target as unknown as Json, at, `<${from.step}: ${from.at}>`);
  }
  const prepared: JsonMap = copy;
  if (copy.responses !== undefined) {
    prepared['responses'] = copy.responses
      .map(({ status, body }) => `${status} ${textAt(body, 'reason')}`)
      .sort();
  }
  if (copy.events !== undefined)
    prepared['events'] = copy.events.filter(isToldEvent).map((event) => quiet(event));
  if (copy.response?.body !== undefined) copy.response.body = prepareBody(copy.response.body);
  return prepared;
}

/** When and how often a bookmark comes is chance, unless it ends the initial events. */
function isToldEvent(event: Json): boolean {
  return textAt(event, 'type') !== 'BOOKMARK' || isMap(event) === false || 'annotations' in metadataOf(event);
}

function metadataOf(event: Json): JsonMap {
  const object = isMap(event) ? event['object'] : undefined;
  const metadata = isMap(object) ? object['metadata'] : undefined;
  return isMap(metadata) ? metadata : {};
}

function prepareBody(body: Json): Json {
  if (!isMap(body)) return body;
  if (body['kind'] === 'APIResourceList') {
    body['resources'] = listAt(body, 'resources').sort((a, b) =>
      textAt(a, 'name') < textAt(b, 'name') ? -1 : 1,
    );
  }
  // What a column means is told in prose that the fake leaves out.
  for (const column of listAt(body, 'columnDefinitions')) if (isMap(column)) delete column['description'];
  return quiet(body);
}

/** Takes the words out of refusals that clients do not read, and puts their causes in order. */
function quiet(value: Json): Json {
  if (!isMap(value)) return value;
  if (isMap(value['object'])) return { ...value, object: quiet(value['object']) };
  for (const column of listAt(value, 'columnDefinitions')) if (isMap(column)) delete column['description'];
  if (value['kind'] !== 'Status' || value['status'] !== 'Failure') return value;
  const told = toldStatuses.has(numberAt(value, 'code') ?? 0);
  const causes = listAt(value, 'details', 'causes');
  for (const cause of causes) if (isMap(cause) && !told) delete cause['message'];
  causes.sort((a, b) => (causeKey(a) < causeKey(b) ? -1 : 1));
  if (!told) delete value['message'];
  return value;
}

function causeKey(cause: Json): string {
  return `${textAt(cause, 'field')} ${textAt(cause, 'reason')} ${textAt(cause, 'message')}`;
}

/** The server sorts by a time of whole seconds, so its order is chance. */
function byManager(a: Json, b: Json): number {
  const key = (entry: Json): string =>
    `${textAt(entry, 'operation')} ${textAt(entry, 'manager')} ${textAt(entry, 'subresource')}`;
  return key(a) < key(b) ? -1 : 1;
}
