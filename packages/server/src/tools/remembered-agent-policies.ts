import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { AgentPolicies, AgentPolicy } from './agent-policy.ts';

/** What policies are read with. */
export interface AgentPolicyPorts {
  readonly revision: (...of: Parameters<AgentPolicies>) => Promise<RevisionRecord | null>;
  /** A component's variables, and those of its secrets that have a value. */
  readonly variablesOf: (component: ComponentSpec) => Promise<{
    readonly env: Readonly<Record<string, string>>;
    readonly secrets: Readonly<Record<string, string>>;
  }>;
  /** Milliseconds that never go back. */
  readonly elapsedMs: () => number;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
}

/** What a revision declares does not change, and its secrets seldom do. */
const KEPT_MS = 60_000;
const MOST = 500;
/** Variables of this process that commands inherit; everything else, such as our own secrets, stays here. */
const INHERITED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TMPDIR|LC_\w+|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS)$/;
const NOTHING: AgentPolicy = { tools: [], hooks: [], directory: null, variables: {}, secrets: [] };

/** The policies of revisions, each read once a minute at most. */
export function rememberedAgentPolicies(ports: AgentPolicyPorts): AgentPolicies {
  const known = new Map<string, { readonly policy: AgentPolicy; readonly until: number }>();
  return async (tenant, queue, id) => {
    const key = `${tenant} ${queue} ${id}`;
    const present = known.get(key);
    if (present && ports.elapsedMs() < present.until) return present.policy;
    const record = await ports.revision(tenant, queue, id);
    if (record === null) return NOTHING;
    const policy = await policyOf(ports, record);
    known.delete(key);
    known.set(key, { policy, until: ports.elapsedMs() + KEPT_MS });
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    return policy;
  };
}

async function policyOf(
  { variablesOf, environment }: AgentPolicyPorts,
  { component, directory, id, version }: RevisionRecord,
): Promise<AgentPolicy> {
  const { tools = [], hooks = [] } = component.agents ?? {};
  if (tools.length === 0 && hooks.length === 0) return NOTHING;
  const { env, secrets } = await variablesOf(component);
  const inherited = Object.entries(environment).filter(([name]) => INHERITED.test(name));
  const told = { SLUICE_REVISION: id, SLUICE_VERSION: version };
  return {
    ...{ tools, hooks, directory },
    variables: { ...(Object.fromEntries(inherited) as Record<string, string>), ...env, ...secrets, ...told },
    secrets: Object.values(secrets),
  };
}
