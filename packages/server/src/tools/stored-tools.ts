/**
 * Purpose: the tools that people have registered, and the record of what was called, over the store.
 *
 * Owns the table `tools`. 1. A version never changes: whoever wants another definition registers another version. 2. A schema
 * that cannot be used is refused. 3. Who registered or removed what stands in the ledger.
 */
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { TOOL_LIMITS, type ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import { toolReferenceText } from '@sluice/core/tasks/tool-spec.ts';
import type { ToolRequest, ToolView } from '@sluice/protocol/http/tools.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { CheckDestination } from '../outgoing/guarded-outgoing.ts';
import type { Database } from '../store/database/open-database.ts';
import { listHookFirings } from '../store/hooks/hook-firings.ts';
import { pageOf } from '../store/paging/page-of.ts';
import { listToolCalls } from '../store/tools/tool-calls.ts';
import { addTool, countTools, findTool, listTools, removeTool } from '../store/tools/tool-definitions.ts';
import type { BreakerBoard } from './breaker-board.ts';
import { type ImportPorts, importedTools } from './imported-tools.ts';
import { refusedRunner } from './refused-runner.ts';
import { anotherThere, tooMany, unknownTool, unusableSchema } from './registry-refusals.ts';
import type { ToolRegistry } from './tool-registry.ts';
import type { ToolSchemas } from './tool-schemas.ts';
import { callViewOf, firingViewOf, toolViewOf } from './tool-views.ts';

/** What the registry works with. */
export interface StoredToolsPorts extends ImportPorts {
  readonly db: Database;
  readonly breakers: Pick<BreakerBoard, 'state'>;
  readonly schemas: Pick<ToolSchemas, 'check'>;
  /** The machine of the control plane is not the tenant's: it starts no server of tools, and reads no secret there. */
  readonly isForeign?: boolean;
  /** Judges where calls will go. */
  readonly check: CheckDestination;
  readonly now: () => Instant;
}

/** The tools of a tenant. */
export function storedTools(tenant: string, ports: StoredToolsPorts): ToolRegistry {
  const { db, breakers } = ports;
  return {
    add: async ({ tool, by }) => {
      const refused = await refusedRunner(ports, tool.runner);
      if (refused) return refused;
      const added = await add(ports, tenant, tool, by);
      return added.ok ? ok(added.value.tool) : added;
    },
    importAll: async (request) => {
      const { server } = request;
      const refused = await refusedRunner(ports, { kind: 'mcp', tool: '', server });
      if (refused) return refused;
      const found = await importedTools(ports, request);
      if (!found.ok) return found;
      const items: { tool: ToolView; isNew: boolean }[] = [];
      for (const definition of found.value) {
        const added = await add(ports, tenant, definition, request.by);
        if (!added.ok) return added;
        items.push(added.value);
      }
      return ok({ items });
    },
    tools: ({ cursor, limit }) => {
      const after = cursor === null ? undefined : namedBy(cursor);
      const read = (most: number) => listTools(db, tenant, { ...(after && { after }), limit: most });
      return pageOf(limit, read, {
        item: (row) => toolViewOf(row, breakers),
        cursor: ({ name, version }) => `${name}@${version}`,
      });
    },
    tool: async (name, version) => {
      const row = await findTool(db, tenant, { name, version });
      return row ? ok(toolViewOf(row, breakers)) : unknownTool(name, version);
    },
    remove: async (name, version, by) => {
      const entry = {
        at: ports.now(),
        actor: by,
        action: 'toolRemoved',
        subject: `${name}@${version}`,
        detail: {},
      };
      const row = await removeTool(db, tenant, { name, version }, entry);
      return row ? ok(toolViewOf(row, breakers)) : unknownTool(name, version);
    },
    calls: ({ task, track, tool, state }, { cursor, limit }) => {
      const wish = {
        ...{ ...(task && { taskId: task }), ...(track && { queue: track }), ...(tool && { tool }) },
        ...{ ...(state && { state }), ...(cursor && { after: cursor }) },
      };
      const read = (most: number) => listToolCalls(db, tenant, { ...wish, limit: most });
      return pageOf(limit, read, { item: callViewOf, cursor: ({ id }) => id });
    },
    firings: ({ task, track }, { cursor, limit }) => {
      const wish = {
        ...(task && { taskId: task }),
        ...(track && { queue: track }),
        ...(cursor && { after: cursor }),
      };
      const read = (most: number) => listHookFirings(db, tenant, { ...wish, limit: most });
      return pageOf(limit, read, { item: firingViewOf, cursor: ({ id }) => id });
    },
  };
}

const namedBy = (cursor: string): { readonly name: string; readonly version: string } => {
  const [name = '', version = ''] = cursor.split('@');
  return { name, version };
};

async function add(
  { db, schemas, breakers, now }: StoredToolsPorts,
  tenant: string,
  definition: ToolRequest['tool'] | ToolDefinition,
  by: string,
): Promise<Result<{ readonly tool: ToolView; readonly isNew: boolean }, Problem>> {
  const { name, version, input, output } = definition;
  const reference = toolReferenceText({ tool: name, version });
  for (const [what, schema] of [
    ['input', input],
    ['output', output],
  ] as const) {
    const checked = schema === null ? ok(undefined) : schemas.check(schema as JsonObject);
    if (!checked.ok) return unusableSchema(reference, what, checked.refusal);
  }
  if ((await countTools(db, tenant)) >= TOOL_LIMITS.registered) return tooMany();
  const detail = { runner: definition.runner.kind, readOnly: definition.readOnly };
  const entry = { at: now(), actor: by, action: 'toolRegistered', subject: reference, detail };
  const { row, isNew } = await addTool(db, tenant, { name, version, definition }, entry);
  if (!isNew && canonicalJson(row.definition) !== canonicalJson(definition)) return anotherThere(reference);
  return ok({ tool: toolViewOf(row, breakers), isNew });
}
