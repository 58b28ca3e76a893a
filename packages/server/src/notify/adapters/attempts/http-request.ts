import type { DeliveryContext } from '../../channel.ts';
import { failedAttempt, refusedAnswer } from '../http-delivery.ts';
import { boundedText, oneLine } from '../wording/plain-words.ts';
import { type DeliveryFailure, failed } from './delivery-failure.ts';

/** One request to a provider. */
export interface HttpRequest {
  /** The provider for people: `PagerDuty`. */
  readonly provider: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
}

/** What a provider answered: a success with its body, or what its failure means. */
export type HttpAnswer =
  | { readonly ok: true; readonly status: number; readonly body: unknown }
  | {
      readonly ok: false;
      /** Null when nothing was answered. */
      readonly status: number | null;
      readonly body: unknown;
      readonly failure: DeliveryFailure;
    };

/** Of an answer that is no success, as much is kept for the sentence about it; characters. */
const SAID_CHARACTERS = 300;

/** Sends a request through the guard, and reads what came of it; 410 means that nothing more is wanted. */
export async function requestJson(
  { fetch, signal }: DeliveryContext,
  { provider, method, url, headers, json }: HttpRequest,
): Promise<HttpAnswer> {
  try {
    const answer = await fetch(url, {
      method,
      signal,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        'user-agent': 'Sluice/1',
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const { status } = answer;
    const body = parsed(await answer.text());
    if (answer.ok) return { ok: true, status, body };
    const { message, ...failure } = refusedAnswer(answer, { who: provider, said: sentenceOf(body) });
    return { ok: false, status, body, failure: failed(message, { ...failure, gone: status === 410 }) };
  } catch (thrown) {
    return { ok: false, status: null, body: null, failure: failureOfThrown(provider, thrown) };
  }
}

/** What was thrown on the way out, as a failure. */
export function failureOfThrown(provider: string, thrown: unknown): DeliveryFailure {
  const delivered = failedAttempt(thrown, provider);
  return delivered.ok ? failed(`${provider} did not answer`, { retry: true }) : delivered;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The words in an answer: its `message`, `error` or `errors`, where there are any; and nothing of a page of HTML. */
function sentenceOf(body: unknown): string {
  if (typeof body === 'string')
    return body.startsWith('<') ? '' : boundedText(oneLine(body), SAID_CHARACTERS);
  if (typeof body !== 'object' || body === null) return '';
  const told = ['message', 'error', 'errors', 'errorMessages']
    .map((key): unknown => Reflect.get(body, key))
    .filter((value) => value !== undefined && value !== null && value !== '')
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return boundedText(oneLine(told.join('; ')), SAID_CHARACTERS);
}
