/**
 * Purpose: the person signs in with a browser, which brings the command line a code over the loopback address (RFC 8252, 7.3).
 *
 * 1. The code is good once and for a minute, and only with the verifier that never leaves this process (RFC 7636). 2. What comes
 * without the state of this login is not listened to.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newTokenSchema } from '@sluice/protocol/http/access.ts';
import { callApi } from '@sluice/protocol/http/api-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { openInBrowser } from '../../context/open-in-browser.ts';
import { EXIT } from '../../exit-codes.ts';
import { type Outcome, refusal, refusedByApi } from '../../refused.ts';

/** So long is waited for the person, in ms. */
const PATIENCE_MS = 5 * 60_000;
const TIMEOUT_MS = 15_000;

/** Signs in with a browser; gives the token. */
export async function loginByBrowser(
  context: CommandContext,
  baseUrl: string,
  { browser }: { readonly browser: boolean },
): Promise<Outcome<string>> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(24).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const arrival = await awaitCode(state, (port) => {
    const url = `${baseUrl}/auth/cli?${new URLSearchParams({ port: String(port), challenge, state }).toString()}`;
    context.note(`Open this address in a browser on this machine:\n  ${url}`);
    // Whether it opens or not, the address stands there to be copied.
    if (browser) openInBrowser(url, context.world.environment, () => undefined);
  });
  if (arrival === null)
    return refusal(EXIT.timedOut, 'nobody-signed-in', {
      detail: 'Nobody has signed in within five minutes.',
      remedy: 'Begin again, or give a token: `sluice login --token`.',
    });
  const connection = { baseUrl, timeoutMs: TIMEOUT_MS, fetch };
  const body = { code: arrival, verifier };
  const reply = await callApi(connection, newTokenSchema, { method: 'POST', path: '/auth/cli/token', body });
  if (!reply.ok) return { ok: false, refused: refusedByApi(reply.failure, baseUrl) };
  return { ok: true, value: reply.value?.token ?? '' };
}

/** Listens on the loopback address until the browser brings the code of this login; null when it does not come. */
function awaitCode(state: string, listening: (port: number) => void): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      const query = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams;
      const code = query.get('code');
      const isOurs = query.get('state') === state && code !== null;
      response.writeHead(isOurs ? 200 : 404, {
        'content-type': 'text/plain; charset=utf-8',
        connection: 'close',
      });
      response.end(isOurs ? 'The command line is signed in. You can close this page.\n' : 'Not found.\n');
      if (isOurs) finish(code);
    });
    const timer = setTimeout(() => finish(null), PATIENCE_MS);
    const finish = (code: string | null): void => {
      clearTimeout(timer);
      server.close();
      server.closeIdleConnections();
      resolve(code);
    };
    server.listen(0, '127.0.0.1', () => listening((server.address() as AddressInfo).port));
  });
}
