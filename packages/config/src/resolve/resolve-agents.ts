import type { AgentsSpec } from '@sluice/core/rollout/component-spec.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import type { ComponentInput } from '../language/component-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import { defaultMs } from './default-value.ts';
import { resolveTools } from './resolve-tools.ts';
import { resolveAgentLimits } from './resolve-agent-limits.ts';

/** What makes a component one of agents; nothing for a service. */
export function resolveAgents({ kind, agents = {} }: ComponentInput): { readonly agents?: AgentsSpec } {
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
      unfinished: unfinished === 'move' ? 'move' : 'finish',
      ...resolveTools(agents),
      ...resolveAgentLimits(agents),
    },
  };
}
