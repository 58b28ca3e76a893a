import { type JsonMap, listAt, textAt } from '../json/json-tree.ts';
import type { ResourceCall } from './api-call.ts';
import type { PlainResponse } from './api-response.ts';
import type { ClusterState } from './cluster-state.ts';
import { numberIn } from './list-objects.ts';
import { badRequest } from './refusal.ts';
import { liveObject } from './write-object.ts';

/** Under which key the log of a container is kept. */
export function logKey(namespace: string, pod: string, container: string): string {
  return `${namespace}/${pod}/${container}`;
}

/** Answers the log of a container: what was written to it, or its last lines. A pod that no node has has none. */
export function readPodLog(state: ClusterState, call: ResourceCall): PlainResponse {
  const pod = liveObject(state, call);
  const container = containerOf(call, pod);
  const tail = numberIn(call.query, 'tailLines');
  const text = state.logs.get(logKey(call.namespace, call.name, container)) ?? '';
  const body =
    textAt(pod, 'spec', 'nodeName') === '' ? '' : tail === undefined ? text : lastLines(text, tail);
  return { kind: 'plain', status: 200, headers: { 'content-type': 'text/plain' }, body };
}

function containerOf({ name, query }: ResourceCall, pod: JsonMap): string {
  const containers = listAt(pod, 'spec', 'containers').map((one) => textAt(one, 'name'));
  const others = listAt(pod, 'spec', 'initContainers').map((one) => textAt(one, 'name'));
  const asked = query['container'] ?? '';
  if (asked !== '') {
    if ([...containers, ...others].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only = '', ...more] = containers;
  if (more.length === 0) return only;
  const inits = others.length === 0 ? '' : ` or one of the init containers: [${others.join(' ')}]`;
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]${inits}`,
  );
}

function lastLines(text: string, count: number): string {
  const lines = text.split('\n');
  const ended = lines.at(-1) === '';
  const told = (ended ? lines.slice(0, -1) : lines).slice(-count);
  return count === 0 ? '' : told.join('\n') + (ended ? '\n' : '');
}
