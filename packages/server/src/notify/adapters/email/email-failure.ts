import { type DeliveryFailure, failed } from '../attempts/delivery-failure.ts';
import { failureOfThrown } from '../attempts/http-request.ts';

/** `421 4.7.0 … try again in 7 seconds`: some servers say in words how long they want to rest. */
const REST_IN_WORDS = /(?:again|retry)[^.]{0,40}?(\d{1,5})\s*(s|sec|seconds?|m|min|minutes?)\b/i;

const ABOUT_ENCRYPTION = /certificate|altnames|\bTLS|\bSSL/i;

/** What an error of sending a mail means: by RFC 5321 codes of 400 to 499 may pass, those of 500 and above stay. */
export function emailFailure(thrown: unknown): DeliveryFailure {
  const { responseCode, response, code } = thrown as {
    responseCode?: unknown;
    response?: unknown;
    code?: unknown;
  };
  const said = typeof response === 'string' ? response : '';
  if (typeof responseCode === 'number' && responseCode >= 400) {
    const retry = responseCode < 500;
    if (code === 'EAUTH')
      return failed(`The mail server does not let us sign in: ${said}. Check \`user\` and \`password\`.`, {
        retry,
      });
    return failed(`The mail server refused the mail: ${said}.`, {
      retry,
      retryAfterMs: retry ? restOf(said) : null,
    });
  }
  const reason = thrown instanceof Error ? thrown.message : '';
  // The client gives failures of certificates the code of a broken connection; their words alone tell them apart.
  if (code === 'ETLS' || (code === 'ESOCKET' && ABOUT_ENCRYPTION.test(reason)))
    return failed(
      `The connection to the mail server could not be encrypted: ${reason}. Check \`security\` and \`ca\`.`,
      // A certificate is renewed, and a server mended, while the mail waits.
      { retry: true },
    );
  return failureOfThrown('The mail server', thrown);
}

function restOf(said: string): number | null {
  const [, count, unit = ''] = REST_IN_WORDS.exec(said) ?? [];
  if (count === undefined) return null;
  return Number(count) * (unit.toLowerCase().startsWith('m') ? 60_000 : 1_000);
}
