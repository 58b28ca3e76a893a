import { newTokenSchema } from '@sluice/protocol/http/access.ts';
import { callApi } from '@sluice/protocol/http/api-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type Outcome, refusal, refusedByApi } from '../../refused.ts';

/** What a job says besides its ID token. */
export interface WorkloadOptions {
  readonly audience: string;
  readonly organisation: string;
  readonly trust?: string;
}

const TIMEOUT_MS = 15_000;

/** Shows the control plane the ID token that the CI system gives this job. */
export async function loginAsWorkload(
  { world }: Pick<CommandContext, 'world'>,
  baseUrl: string,
  { audience, organisation, trust }: WorkloadOptions,
): Promise<Outcome<string>> {
  const assertion = await assertionOf(world.environment, audience);
  if (!assertion.ok) return assertion;
  const connection = { baseUrl, timeoutMs: TIMEOUT_MS, fetch };
  const body = { token: assertion.value, organisation, ...(trust !== undefined && { trust }) };
  const reply = await callApi(connection, newTokenSchema, { method: 'POST', path: '/auth/workload', body });
  if (!reply.ok) return { ok: false, refused: refusedByApi(reply.failure, baseUrl) };
  return { ok: true, value: reply.value?.token ?? '' };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** GitHub gives one when it is asked; GitLab puts it into the variable that the job names under `id_tokens`. */
async function assertionOf(environment: Environment, audience: string): Promise<Outcome<string>> {
  const { SLUICE_ID_TOKEN: given } = environment;
  if (given) return { ok: true, value: given };
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = environment;
  if (!address || !token)
    return refusal(EXIT.refusedInput, 'no-id-token', {
      detail: 'This job was given no ID token.',
      remedy:
        'On GitHub give the job `permissions: { id-token: write }`; on GitLab `id_tokens: { SLUICE_ID_TOKEN: { aud: sluice } }`.',
    });
  try {
    const url = new URL(address);
    url.searchParams.set('audience', audience);
    const reply = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    });
    const { value } = Object(await reply.json()) as { value?: unknown };
    if (reply.ok && typeof value === 'string') return { ok: true, value };
    return notGiven(`it answered with ${reply.status}`);
  } catch (thrown) {
    return notGiven(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

const notGiven = (why: string) =>
  refusal(EXIT.unreachable, 'no-id-token', {
    detail: `GitHub did not give this job an ID token: ${why}.`,
    remedy: 'Try again; the job needs `permissions: { id-token: write }`.',
  });
