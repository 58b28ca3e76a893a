import { once } from 'node:events';
import { type IncomingMessage, request as askHttp } from 'node:http';
import { request as askHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { Code, ConnectError } from '@connectrpc/connect';
import { joinedSchema, type JoinedView } from '@sluice/protocol/http/joining.ts';

/** How a worker shows who it is, and whom it believes. */
export interface Shown {
  /** PEM of the authorities that the server's certificate may be of; those that Node knows without. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

/** Of one request, in ms. */
const TIMEOUT_MS = 15_000;

/**
 * Asks for what lets a worker in.
 * @throws ConnectError `unauthenticated` or `permission_denied` when it was refused, `unavailable` when nobody answered
 */
export async function askToBeLetIn(url: string, body: object, { token, ...tls }: Shown): Promise<JoinedView> {
  const ask = url.startsWith('https:') ? askHttps : askHttp;
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const sent = ask(url, { method: 'POST', headers, agent: false, signal, ...tls });
  sent.end(JSON.stringify(body));
  try {
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return joinedIn(answer.statusCode ?? 0, await text(answer));
  } catch (thrown) {
    if (thrown instanceof ConnectError) throw thrown;
    const { message } = thrown as Error;
    throw new ConnectError(`${url} does not answer: ${message}`, Code.Unavailable);
  }
}

function joinedIn(status: number, body: string): JoinedView {
  const read = jsonOf(body);
  const joined = joinedSchema.safeParse(read);
  if (status === 200 && joined.success) return joined.data;
  const { detail = `it answered ${status}`, remedy = '' } = Object(read) as {
    detail?: string;
    remedy?: string;
  };
  const code = status === 401 || status === 403 ? Code.Unauthenticated : Code.Unavailable;
  throw new ConnectError(`The worker was not let in: ${detail} ${remedy}`.trim(), code);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
