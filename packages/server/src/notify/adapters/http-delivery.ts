import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Delivered } from '../channel.ts';

/** Longer messages are cut, in characters. */
const LONGEST_MESSAGE = 500;
/** Nobody is waited for longer, in ms: a receiver that asks for more is asked again meanwhile. */
const LONGEST_REST_MS = 24 * 3_600_000;

/** An attempt that was not taken, with its message kept short and free of the secrets that were used. */
export function notDelivered(
  message: string,
  {
    retry,
    retryAfterMs = null,
    secrets = [],
  }: { readonly retry: boolean; readonly retryAfterMs?: number | null; readonly secrets?: readonly string[] },
): Extract<Delivered, { ok: false }> {
  return {
    ok: false,
    retry,
    retryAfterMs,
    message: withoutSecrets(message, secrets).slice(0, LONGEST_MESSAGE),
  };
}

/** What a thrown failure of fetch, of a connection or of reading a secret means for the attempt. */
export function failedAttempt(thrown: unknown, who: string, secrets: readonly string[] = []): Delivered {
  const failure = refusalIn(thrown);
  // What the guard refuses stays refused, until somebody changes the channel or what is allowed.
  if (failure) return notDelivered(failure.message, { retry: failure.next !== 'ask-human', secrets });
  return notDelivered(`${who} did not answer: ${reasonOf(thrown)}.`, { retry: true, secrets });
}

/**
 * What an HTTP answer that is not 2xx means by the common rules: 408, 425, 429 and 5xx are worth another attempt, when the receiver
 * names a time then; redirects are not followed.
 */
export function refusedAnswer(
  answer: Pick<Response, 'status' | 'headers'>,
  {
    who,
    said = '',
    secrets = [],
  }: { readonly who: string; readonly said?: string; readonly secrets?: readonly string[] },
): Extract<Delivered, { ok: false }> {
  const { status } = answer;
  const retry = status === 408 || status === 425 || status === 429 || status >= 500;
  const redirected = status >= 300 && status < 400 ? ', which would lead elsewhere and is not followed' : '';
  const words = said.trim() === '' ? '' : `: ${said.trim()}`;
  return notDelivered(`${who} answered ${status}${redirected}${words}.`, {
    retry,
    retryAfterMs: retryAfterOf(answer.headers.get('retry-after'), Date.now()),
    secrets,
  });
}

/** `Retry-After` as seconds or as a date, in ms from now; null when there is none that can be read. */
export function retryAfterOf(value: string | null, nowMs: number): number | null {
  if (value === null || value.trim() === '') return null;
  const text = value.trim();
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, Math.ceil(ms)), LONGEST_REST_MS) : null;
}

/** The beginning of an answer's body, for a message; what cannot be read is empty. */
export async function beginningOf(answer: Pick<Response, 'text'>): Promise<string> {
  return (await answer.text().catch(() => '')).replace(/\s+/g, ' ').slice(0, 200);
}

/** A text in which secrets that were used are blotted out, also as they look in an address. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const shown = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return shown
    .filter((secret) => secret.length >= 4)
    .reduce((left, secret) => left.replaceAll(secret, '[secret]'), text);
}

function refusalIn(thrown: unknown): SluiceError | undefined {
  for (let at: unknown = thrown; at instanceof Error; at = at.cause) if (at instanceof SluiceError) return at;
  return undefined;
}

/** Fetch only says that it failed; why stands below. Addresses are left out, as they may be secret. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === 'TimeoutError' || thrown.name === 'AbortError') return 'its time was up';
  const code = codeIn(thrown);
  if (code !== undefined) return code;
  const { cause } = thrown;
  return cause instanceof Error && cause.message !== '' ? cause.message : thrown.message;
}

function codeIn(thrown: unknown): string | undefined {
  for (let at: unknown = thrown; at instanceof Error; at = at.cause)
    if ('code' in at && typeof at.code === 'string' && at.code !== '') return at.code;
  return undefined;
}
