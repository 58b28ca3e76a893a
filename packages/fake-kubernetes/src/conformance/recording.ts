import { readFileSync } from 'node:fs';
import type { ApiRequest } from '../api/api-caller.ts';
import { type Json, type JsonMap, isMap, jsonAt, plainText } from '../json/json-tree.ts';

/** A request as it was sent; methods beyond those of the API are sent too, to see them refused. */
export interface RecordedRequest {
  method: string;
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  as?: string;
  body?: Json;
}

/** A part of a request that came from an earlier answer. */
interface Use {
  readonly at: string;
  readonly template?: string;
  readonly from: { readonly step: string; readonly at: string };
}

/** An answer as it was recorded or replayed. */
export interface RecordedResponse {
  status?: number;
  headers?: Record<string, string>;
  body?: Json;
}

/** One line of a recording; which parts it has tells what it is. */
export interface RecordedLine {
  readonly name: string;
  readonly step: string;
  readonly request?: RecordedRequest;
  readonly uses?: readonly Use[];
  response?: RecordedResponse;
  readonly until?: readonly JsonMap[];
  readonly pauseMs?: number;
  events?: Json[];
  readonly during?: readonly string[];
  readonly endedBy?: 'server' | 'client';
  readonly race?: RecordedRequest[];
  responses?: RecordedResponse[];
}

/** The conversations of an API server without controllers. */
export const topicsAlone = [
  'discovery',
  'objects-configmap',
  'objects-secret-service',
  'objects-workloads',
  'objects-policy',
  'leases',
  'races',
  'concurrency',
  'generation',
  'patches',
  'apply',
  'apply-custom',
  'validation',
  'refusals',
  'deletion',
  'lists',
  'watches',
  'gateway',
  'istio',
  'argo-rollouts',
  'flagger',
  'eviction-alone',
] as const;

/** Conversations beyond those, about kinds that controllers leave alone and writes that are not stored; recorded beside controllers. */
export const topicsBeyond = ['further-defaults', 'further-ownership', 'further-pods'] as const;

/** Reads one topic; every call gives lines of its own. */
export function readRecording(topic: string): RecordedLine[] {
  const text = readFileSync(new URL(`../../recordings/${topic}.jsonl`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RecordedLine);
}

/** Puts parts of earlier answers where the recording says that they came from there. */
export function fillUses(
  target: RecordedRequest | RecordedRequest[],
  uses: readonly Use[],
  answers: ReadonlyMap<string, RecordedResponse>,
): void {
  for (const { at, template, from } of uses) {
    const value = readPlace(answers.get(from.step) as Json | undefined, from.at) ?? null;
    if (at === 'path' && !Array.isArray(target))
      target.path = (template ?? '{}').replace('{}', plainText(value));
    else writePlace(target as unknown as Json, at, value);
  }
}

/** Reads a dotted place; `[type=Ready]` picks from a list. */
export function readPlace(value: Json | undefined, place: string): Json | undefined {
  let here = value;
  for (const part of place.match(/\[[^\]]+\]|[^.[]+/g) ?? []) {
    const pick = /^\[([^=]+)=([^\]]+)\]$/.exec(part);
    if (Array.isArray(here)) {
      here =
        pick === null
          ? here[Number(part)]
          : here.find((item) => plainText(jsonAt(item, pick[1] ?? '')) === pick[2]);
    } else here = isMap(here) ? here[part] : undefined;
  }
  return here;
}

/** Writes to a dotted place that is there. */
export function writePlace(target: Json, place: string, value: Json): void {
  const parts = place.split('.');
  const last = parts.pop() ?? '';
  const parent = parts.length === 0 ? target : readPlace(target, parts.join('.'));
  if (Array.isArray(parent)) parent[Number(last)] = value;
  else if (isMap(parent)) parent[last] = value;
}

/** The request as it is sent: places that stand for a long text are filled. */
export function requestOf({ method, path, query, headers, as, body }: RecordedRequest): ApiRequest {
  return {
    method: method as ApiRequest['method'],
    path,
    ...(query === undefined ? {} : { query }),
    ...(headers === undefined ? {} : { headers }),
    ...(as === undefined ? {} : { as }),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(expand(body)) }),
  };
}

function expand(value: Json): Json {
  if (Array.isArray(value)) return value.map(expand);
  if (!isMap(value)) return value;
  const filler = value['$filler'];
  if (isMap(filler)) return plainText(filler['char']).repeat(Number(filler['length']));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item)]));
}

const longTextLength = 10_000;

/** A long text that came back is kept by its length, as in the recordings. */
export function shorten(value: Json): Json {
  if (
    typeof value === 'string' &&
    value.length > longTextLength &&
    value === value.charAt(0).repeat(value.length)
  ) {
    return { $filler: { char: value.charAt(0), length: value.length } };
  }
  if (Array.isArray(value)) return value.map(shorten);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shorten(item)]));
}
