import type { AgentsSpec } from '@sluice/core/rollout/component-spec.ts';
import type { HookSpec } from '@sluice/core/tasks/hook-spec.ts';
import type { AgentsInput } from '../language/agents-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import { defaultMs } from './default-value.ts';

/** Tools and hooks of agents; nothing where the file says nothing, so that it makes no new revision. */
export function resolveTools({ tools, hooks }: AgentsInput): Pick<AgentsSpec, 'tools' | 'hooks'> {
  return {
    ...(tools && {
      tools: Object.entries(tools).map(([name, servedBy]) => ({ name, servedBy })),
    }),
    ...(hooks && { hooks: Object.entries(hooks).map(([name, hook]) => hookOf(name, hook)) }),
  };
}

type HookInput = NonNullable<AgentsInput['hooks']>[string];

function hookOf(name: string, { at, url, run, timeout, tools, ...more }: HookInput): HookSpec {
  return {
    ...{ name, at, tools: tools ?? null },
    action: url === undefined ? { kind: 'command', command: run ?? '' } : { kind: 'http', url },
    timeoutMs: timeout ?? defaultMs(DEFAULTS.agents.hook.timeout),
    onError: more['on-error'] ?? DEFAULTS.agents.hook.onError,
  };
}
