import { type DeliveryFailure, failed } from '../attempts/delivery-failure.ts';
import { failureOfThrown } from '../attempts/http-request.ts';
import { refusedAnswer, retryAfterOf } from '../http-delivery.ts';

/**
 * What an error of GitHub's own client means. GitHub says 403 or 429 when it is asked too often, with `retry-after`, or with a
 * remainder of zero and the second at which the next hour begins (docs.github.com, "Rate limits for the REST API").
 */
export function githubFailure(thrown: unknown, now: number = Date.now()): DeliveryFailure {
  if (!isAnswered(thrown)) return failureOfThrown('GitHub', thrown);
  const { status, message } = thrown;
  const headers = new Headers();
  for (const [name, value] of Object.entries(thrown.response.headers))
    if (typeof value === 'string' || typeof value === 'number') headers.set(name, String(value));
  const isSpent = headers.get('x-ratelimit-remaining') === '0';
  if ((status === 403 || status === 429) && (isSpent || headers.has('retry-after'))) {
    const asked = retryAfterOf(headers.get('retry-after'), now);
    const reset = Number(headers.get('x-ratelimit-reset')) * 1000 - now;
    return failed('GitHub asks to be left alone for a while.', {
      retry: true,
      retryAfterMs: asked ?? (reset > 0 ? Math.min(reset, 3_600_000) : null),
    });
  }
  const { message: words, ...failure } = refusedAnswer({ status, headers }, { who: 'GitHub', said: message });
  return failed(status === 404 ? `${words} ${NOT_FOUND}` : words, failure);
}

/** An error of the client that has an answer: its class is in a package of its own, so that it is known by its form. */
interface Answered {
  readonly status: number;
  readonly message: string;
  readonly response: { readonly headers: Readonly<Record<string, unknown>> };
}

const isAnswered = (thrown: unknown): thrown is Answered =>
  thrown instanceof Error &&
  'status' in thrown &&
  typeof thrown.status === 'number' &&
  'response' in thrown &&
  typeof thrown.response === 'object' &&
  thrown.response !== null &&
  'headers' in thrown.response;

const NOT_FOUND = 'Check that the token may write to the repository; GitHub says the same when it may not.';
