import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { McpServer, ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import { isToolName } from '@sluice/core/tasks/tool-spec.ts';
import type { ToolImportRequest } from '@sluice/protocol/http/tools.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { McpConnections } from './mcp-connections.ts';
import { notImported } from './registry-refusals.ts';
import { serverName } from './tool-executor.ts';

/** What tools are imported with. */
export interface ImportPorts {
  readonly connections: Pick<McpConnections, 'use' | 'drop'>;
}

/** How long a server may take to list its tools, in ms. */
const LIST_MS = 15_000;
const LONGEST_DESCRIPTION = 4_000;

/** The tools that an MCP server has now, as definitions; hints of the server about what they do are believed. */
export async function importedTools(
  { connections }: ImportPorts,
  { server, version, prefix, only, timeoutMs, retries }: ToolImportRequest,
): Promise<Result<readonly ToolDefinition[], Problem>> {
  const name = serverName(server);
  try {
    const { tools } = await connections.use(server, (client) =>
      client.listTools(undefined, { timeout: LIST_MS, cacheMode: 'bypass' }),
    );
    const missing = only.find((one) => !tools.some((tool) => tool.name === one));
    if (missing !== undefined)
      return notImported(
        `${name} has no tool ${missing}.`,
        `It has ${tools.map((tool) => tool.name).join(', ')}.`,
      );
    const wanted = tools.filter((tool) => only.length === 0 || only.includes(tool.name));
    const definitions = wanted.map((tool) => ({
      ...{ name: `${prefix}${nameOf(tool.name)}`, version, timeoutMs, retries },
      description: (tool.description ?? tool.title ?? '').slice(0, LONGEST_DESCRIPTION),
      input: tool.inputSchema as unknown as JsonObject,
      output: (tool.outputSchema ?? null) as JsonObject | null,
      readOnly: tool.annotations?.readOnlyHint === true,
      idempotent: tool.annotations?.idempotentHint === true,
      runner: { kind: 'mcp', tool: tool.name, server: server as McpServer } as const,
    }));
    const odd = definitions.find((one) => !isToolName(one.name));
    if (odd !== undefined)
      return notImported(
        `${name} has a tool whose name would be ${odd.name} here, which is none.`,
        'Register it by itself, with a name of its own, or leave it out with `--only`.',
      );
    return definitions.length > 0
      ? ok(definitions)
      : notImported(`${name} has no tools.`, 'Look at the server.');
  } catch (thrown) {
    connections.drop(server);
    return notImported(
      SluiceError.from(thrown, `asking ${name} for its tools`).message,
      'Start it by hand and see that it answers, then try again.',
    );
  }
}

/** A name as it may stand here: in lower case, with dashes. */
const nameOf = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 63);
