import { signedOutSchema } from '@sluice/protocol/http/sign-in.ts';
import { type ApiReply, callApi } from '@sluice/protocol/http/api-call.ts';
import type { Session } from '../../api/session.ts';

const TIMEOUT_MS = 15_000;

/** Ends the session of this browser, or all of this person's, and goes to the login; gives why that was refused. */
export async function leave(session: Session, { everywhere = false } = {}): Promise<ApiReply<unknown>> {
  const connection = { baseUrl: location.origin, timeoutMs: TIMEOUT_MS, fetch: session.fetch };
  const path = everywhere ? '/auth/logout-everywhere' : '/auth/logout';
  const reply = await callApi(connection, signedOutSchema, { method: 'POST', path });
  if (!reply.ok) return reply;
  session.useToken(null);
  location.assign(reply.value?.url ?? '/login');
  return reply;
}
