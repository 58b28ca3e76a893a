import type { AgentsSpec } from '@sluice/core/rollout/component-spec.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import type { AgentsInput } from '../language/agents-language.ts';
import type { ComponentInput } from '../language/component-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import { defaultMs } from './default-value.ts';
import { resolvePool } from './resolve-pool.ts';
import { resolveSandbox } from './resolve-sandbox.ts';
import { resolveTools } from './resolve-tools.ts';
import { resolveAgentLimits } from './resolve-agent-limits.ts';

/** What makes a component one of agents; nothing for a service. */
export function resolveAgents({ kind, agents = {}, instances = DEFAULTS.instances }: ComponentInput): {
  readonly agents?: AgentsSpec;
} {
  if (kind !== 'agents') return {};
  const { retry = {}, unfinished = DEFAULTS.agents.unfinished } = agents;
  return {
    agents: {
      retry: {
        maxFailures: retry.failures ?? DEFAULTS.agents.retry.failures,
        initialMs: retry.pause ?? defaultMs(DEFAULTS.agents.retry.pause),
        factor: retry.factor ?? DEFAULTS.agents.retry.factor,
        maxMs: retry.longest ?? defaultMs(DEFAULTS.agents.retry.longest),
        jitter: DEFAULT_RETRY_POLICY.jitter,
        classes: retry.of ?? DEFAULT_RETRY_POLICY.classes,
      },
      unfinished,
      ...(agents.category !== undefined && { category: agents.category }),
      ...(agents.capabilities && { capabilities: agents.capabilities }),
      ...judgedWork(agents),
      ...resolvePool(agents, instances),
      ...resolveTools(agents),
      ...resolveAgentLimits(agents),
      ...resolveSandbox(agents),
    },
  };
}

/** What is compared of the work itself. */
const judgedWork = ({
  prices,
  evaluations,
  replay = 0,
}: AgentsInput): Pick<AgentsSpec, 'prices' | 'evaluations' | 'replay'> => ({
  ...(replay > 0 && { replay }),
  ...(prices && {
    prices: {
      inputTokens: prices['input-tokens'] ?? 0,
      outputTokens: prices['output-tokens'] ?? 0,
      second: prices.second ?? 0,
    },
  }),
  ...(evaluations && {
    evaluations: Object.entries(evaluations).map(([name, least]) => ({ name, least })),
  }),
});
