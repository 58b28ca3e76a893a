import { once } from 'node:events';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { textAt } from '../json/json-tree.ts';
import { reasonOf } from '../json/reason-of.ts';
import type { ResourceCall } from './api-call.ts';
import type { PlainResponse } from './api-response.ts';
import type { ClusterState } from './cluster-state.ts';
import { Refusal, badRequest } from './refusal.ts';
import { liveObject } from './write-object.ts';

/** How long a pod may take to answer, in ms. */
const ANSWER_WITHIN_MS = 30_000;

/**
 * Passes a GET on to a pod, as `pods/NAME:PORT/proxy/PATH` asks for: over HTTP/1.1, to the address that its status names.
 * Here addresses of loopback are passed on to as well, because played pods have no others.
 */
export async function proxyPod(state: ClusterState, call: ResourceCall): Promise<PlainResponse> {
  const [name = '', port = '80'] = call.name.split(':');
  const pod = liveObject(state, { ...call, name, subresource: '' });
  const host = textAt(pod, 'status', 'podIP');
  if (host === '') throw badRequest('address not allowed');
  const rest = call.path.split('/proxy').slice(1).join('/proxy');
  const query = new URLSearchParams(call.query).toString();
  try {
    const asking = requestHttp({
      ...{ host, port, agent: false, method: 'GET' },
      path: `${rest === '' ? '/' : rest}${query === '' ? '' : `?${query}`}`,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    asking.end();
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    return {
      kind: 'plain',
      status: answer.statusCode ?? 502,
      headers: headersOf(answer),
      body: await textOf(answer),
    };
  } catch (thrown) {
    throw new Refusal(503, 'ServiceUnavailable', `error trying to reach service: ${reasonOf(thrown)}`, {});
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const type = headers['content-type'];
  return type === undefined ? {} : { 'content-type': type };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
