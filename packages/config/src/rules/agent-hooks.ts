import type { Fault } from '../diagnostics/diagnostic.ts';
import type { AgentsInput } from '../language/agents-language.ts';
import type { Loose } from '../reading/loose.ts';
import { decided } from '../resolve/placed-component.ts';
import type { EnvironmentRule } from './rule.ts';

/** Hooks that name tools are about calls of tools that there are. */
export const hooksKnowTheirTools: EnvironmentRule = (components) =>
  components.flatMap((component): readonly Fault[] => {
    const found = decided(component, 'agents');
    const { hooks = {}, tools = {} } = (found?.value ?? {}) as Loose<AgentsInput>;
    if (!found || !hooks) return [];
    const known = Object.keys(tools ?? {});
    return Object.entries(hooks).flatMap(([name, hook]): readonly Fault[] => {
      if (!hook?.tools) return [];
      const path = [...found.path, 'hooks', name, 'tools'];
      if (hook.at !== 'before-tool' && hook.at !== 'after-tool') {
        const says = `the hook ${name} is not about calls of tools; leave "tools" away, or write "at: before-tool"`;
        return [{ path, at: 'key', says }];
      }
      return hook.tools.flatMap((tool, at): readonly Fault[] => {
        if (typeof tool !== 'string' || known.includes(tool)) return [];
        const says = `the agents have no tool ${tool}; ${known.length === 0 ? 'declare it under "tools"' : `they have ${known.join(', ')}`}`;
        return [{ path: [...path, at], at: 'value', says }];
      });
    });
  });
