import { type ApiFailure, callApi } from '@sluice/protocol/http/api-call.ts';
import { sessionOpenedSchema } from '@sluice/protocol/http/sign-in.ts';
import type { Session } from '../../api/session.ts';

const TIMEOUT_MS = 15_000;
const WORD_COOKIE = 'sluice_csrf=';

/** Turns a token into a session of this browser, which scripts cannot read; gives why that was refused. */
export async function enterWithToken(session: Session, token: string): Promise<ApiFailure | null> {
  // Not the session's own fetch: what it would show besides is what no longer holds.
  const plainFetch: typeof fetch = (input, init) => fetch(input, { ...init, credentials: 'same-origin' });
  const connection = { baseUrl: location.origin, timeoutMs: TIMEOUT_MS, fetch: plainFetch };
  const call = { method: 'POST' as const, path: '/auth/token', body: { token } };
  const reply = await callApi(connection, sessionOpenedSchema, call);
  if (!reply.ok) return reply.failure;
  // A browser drops the cookies of a control plane that is used by another address than its public one.
  session.useToken(document.cookie.includes(WORD_COOKIE) ? null : token);
  return null;
}

/** A path of this dashboard to go on to; `/` for what leads elsewhere, or back to the login. */
export function safeAddress(text: string | null): string {
  if (text === null || !/^\/(?![/\\])[^\\]*$/.test(text)) return '/';
  const url = URL.parse(text, 'http://here.invalid');
  const isHere = url?.origin === 'http://here.invalid' && url.pathname !== '/login';
  return isHere ? `${url.pathname}${url.search}` : '/';
}
