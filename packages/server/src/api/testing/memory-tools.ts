import { ok } from '@sluice/core/kernel/result.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import type { ToolView } from '@sluice/protocol/http/tools.ts';
import { anotherThere, notImported, unknownTool } from '../../tools/registry-refusals.ts';
import type { ToolRegistry } from '../../tools/tool-registry.ts';

/** For tests: tools in memory, of which nothing has been called; no MCP server has any. */
export function memoryTools(): ToolRegistry {
  const known = new Map<string, ToolView>();
  return {
    add: async ({ tool }) => {
      const reference = `${tool.name}@${tool.version}`;
      const present = known.get(reference);
      if (present && JSON.stringify(present.definition) !== JSON.stringify(tool))
        return anotherThere(reference);
      const view = { definition: tool, createdAt: SAMPLE_TIME, breaker: 'closed' as const, downstream: null };
      known.set(reference, view);
      return ok(view);
    },
    importAll: async () => notImported('It has no tools.', 'Look at the server.'),
    tools: async ({ cursor, limit }) => {
      const after = [...known.keys()].toSorted().filter((key) => cursor === null || key > cursor);
      const shown = after.slice(0, limit);
      const next = after.length > limit ? (shown.at(-1) ?? null) : null;
      return { items: shown.flatMap((key) => known.get(key) ?? []), next };
    },
    tool: async (name, version) => {
      const view = known.get(`${name}@${version}`);
      return view ? ok(view) : unknownTool(name, version);
    },
    remove: async (name, version) => {
      const view = known.get(`${name}@${version}`);
      known.delete(`${name}@${version}`);
      return view ? ok(view) : unknownTool(name, version);
    },
    calls: async () => ({ items: [], next: null }),
    firings: async () => ({ items: [], next: null }),
  };
}
