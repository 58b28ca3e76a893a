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

/** The organisation whose admins run the control plane. */
export const OPERATORS = 'default';

/** Whether the viewer may do what holds in every organisation; false until that is known. */
export function useMayOfAll(permission: string): boolean {
  const isOperator = useViewer()?.tenant === OPERATORS;
  return useMayEverywhere(permission).allowed && isOperator;
}

/** Whether the viewer may do something to a track. */
export function useMay(permission: string, track: string): Allowance {
  const [application, environment] = track.split('/');
  return useDecision(permission, { application, environment });
}

/** Whether the viewer may do something in the whole organisation. */
export const useMayEverywhere = (permission: string): Allowance => useDecision(permission);

/**
 * Whether the viewer may do something anywhere: in the whole organisation, or where one of their roles counts. What they
 * then ask for in a form is decided by the API.
 */
export function useMaySomewhere(permission: string): Allowance {
  const roles = useViewer()?.roles ?? [];
  const places = roles.map(({ project, environment }) => ({
    ...(project === '*' ? {} : { project }),
    ...(environment === '*' ? {} : { environment }),
  }));
  return useDecision(permission, ...places);
}

interface Where {
  readonly project?: string | undefined;
  readonly application?: string | undefined;
  readonly environment?: string | undefined;
}

/** Asks about each place, and about the whole organisation where none is given; one that allows is enough. */
function useDecision(permission: string, ...places: readonly Where[]): Allowance {
  const { session } = useApi();
  const asked = places.length === 0 ? [{}] : places.slice(0, 100);
  const call = {
    method: 'POST' as const,
    path: '/api/v1/access-decisions',
    body: { questions: asked.map((where) => ({ permission, ...where })) },
  };
  const connection = { baseUrl: location.origin, timeoutMs: TIMEOUT_MS, fetch: session.fetch };
  const { value } = useAnswer({
    name: `may:${permission} ${asked.map(nameOf).join(' ')}`,
    ask: () => present(callApi(connection, accessAnswersSchema, call)),
  });
  const decisions = value?.decisions ?? [];
  const decision = decisions.find(({ allowed }) => allowed) ?? decisions[0];
  return decision ? { allowed: decision.allowed, reason: decision.reason } : { allowed: true, reason: null };
}

const nameOf = ({ project = '*', application = '*', environment = '*' }: Where): string =>
  `${project}:${application}/${environment}`;

/** None of these is asked with a tag, so that a value is always there. */
async function present<Value>(reply: Promise<ApiReply<Value | null>>): Promise<ApiReply<Value>> {
  return (await reply) as ApiReply<Value>;
}
