import { type ApiReply, callApi } from '@sluice/protocol/http/api-call.ts';
import { accessAnswersSchema, type WhoamiView, whoamiSchema } from '@sluice/protocol/http/access.ts';
import { useAnswer, useApi } from './dashboard-api.tsx';

const TIMEOUT_MS = 15_000;

/** Whether the viewer may do something, and why not. */
export interface Allowance {
  /** True until the opposite is known: the API refuses in any case, and buttons do not flicker. */
  readonly allowed: boolean;
  readonly reason: string | null;
}

/** Who the viewer is; undefined until that is known, or where the control plane knows nobody. */
export function useViewer(): WhoamiView | undefined {
  const { session } = useApi();
  const connection = { baseUrl: location.origin, timeoutMs: TIMEOUT_MS, fetch: session.fetch };
  const question = {
    name: 'whoami',
    ask: () => present(callApi(connection, whoamiSchema, { method: 'GET', path: '/api/v1/whoami' })),
  };
  return useAnswer(question).value;
}

/** Whether the viewer may do something to a track. */
export function useMay(permission: string, track: string): Allowance {
  const [application, environment] = track.split('/');
  return useDecision(permission, { application, environment });
}

/** Whether the viewer may do something in the whole organisation. */
export const useMayEverywhere = (permission: string): Allowance => useDecision(permission, {});

interface Where {
  readonly application?: string | undefined;
  readonly environment?: string | undefined;
}

function useDecision(permission: string, where: Where): Allowance {
  const { session } = useApi();
  const call = {
    method: 'POST' as const,
    path: '/api/v1/access-decisions',
    body: { questions: [{ permission, ...where }] },
  };
  const connection = { baseUrl: location.origin, timeoutMs: TIMEOUT_MS, fetch: session.fetch };
  const { value } = useAnswer({
    name: `may:${permission} ${where.application ?? '*'}/${where.environment ?? '*'}`,
    ask: () => present(callApi(connection, accessAnswersSchema, call)),
  });
  const decision = value?.decisions[0];
  return decision ? { allowed: decision.allowed, reason: decision.reason } : { allowed: true, reason: null };
}

/** None of these is asked with a tag, so that a value is always there. */
async function present<Value>(reply: Promise<ApiReply<Value | null>>): Promise<ApiReply<Value>> {
  return (await reply) as ApiReply<Value>;
}
