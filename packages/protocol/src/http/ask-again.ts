import { z } from 'zod';

/** Told that a request is sent again after a while because too much was asked. */
export type Waited = (seconds: number) => void;

/** What the control plane refuses before it does anything, only because too much is asked (docs/operating/running.md). */
const refusedForLimits = z.object({ code: z.enum(['too-many-requests', 'too-many-at-once']) });

/** A request is sent again so often, and then its refusal stands. */
const MOST_TIMES = 3;
/** Nobody at a terminal waits longer without having been asked, in seconds. */
const LONGEST_SECONDS = 15;

/**
 * Sends a request again while its answer says that too much was asked, after as long as `Retry-After` says: what was refused
 * so has had no effect. Gives the last answer after three times, or at once when it would have to wait for more than 15 s.
 */
export async function askAgain(
  ask: () => Promise<Response>,
  { waited, signal }: { readonly waited?: Waited | undefined; readonly signal?: AbortSignal | undefined },
): Promise<Response> {
  let response = await ask();
  for (let times = 0; times < MOST_TIMES; times += 1) {
    const seconds = await secondsToWait(response);
    if (seconds === null) return response;
    waited?.(seconds);
    await passing(seconds * 1000, signal);
    response = await ask();
  }
  return response;
}

async function secondsToWait(response: Response): Promise<number | null> {
  if (response.status !== 429) return null;
  const header = response.headers.get('retry-after');
  const seconds = header !== null && /^\d{1,4}$/.test(header) ? Number(header) : Infinity;
  if (seconds > LONGEST_SECONDS) return null;
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return refusedForLimits.safeParse(problem).success ? seconds : null;
}

/** Passes time; ends at once with the reason of the signal. */
function passing(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
