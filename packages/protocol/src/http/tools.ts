/** Tools that agents may call, what they called, and what hooks said. */
import { z } from 'zod';

const instant = (what: string) => z.int().describe(`${what} In milliseconds since the epoch.`);
const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');
const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');

/** The name of a tool. */
export const toolNameSchema = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
  .describe('A name of lower-case letters, digits and "-", at most 63 long.');

/** The version of a tool. */
export const toolVersionSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
  .describe('A version: letters, digits, ".", "_" and "-", at most 63 long.');

const secretSchema = z
  .discriminatedUnion('from', [
    z.strictObject({ from: z.literal('file'), path: z.string().startsWith('/').max(4096) }),
    z.strictObject({
      from: z.literal('environment'),
      name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/),
    }),
  ])
  .meta({ id: 'ToolSecret' });

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/);
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/);
const line = z
  .string()
  .max(4096)
  .regex(/^[^\0\r\n]*$/);
const url = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .describe('An http or https address.');
const headers = z.record(headerName, line).default({}).describe('Headers of each request.');
const secretHeaders = z
  .record(headerName, secretSchema)
  .default({})
  .describe('Headers whose values are secrets of the machine of the server.');

/** A server that speaks MCP. */
const mcpServerSchema = z
  .discriminatedUnion('over', [
    z.strictObject({
      over: z.literal('stdio'),
      command: z
        .array(
          z
            .string()
            .min(1)
            .max(4096)
            .regex(/^[^\0]*$/),
        )
        .min(1)
        .max(100)
        .describe('A program and its arguments; no shell reads them.'),
      directory: z.string().startsWith('/').max(4096).nullable().default(null).describe('Where it starts.'),
      env: z
        .record(
          variableName,
          z
            .string()
            .max(32_768)
            .regex(/^[^\0]*$/),
        )
        .default({}),
      secrets: z
        .record(variableName, secretSchema)
        .default({})
        .describe('Environment variables whose values are secrets of the machine of the server.'),
    }),
    z.strictObject({ over: z.literal('http'), url, headers, secrets: secretHeaders }),
  ])
  .meta({ id: 'McpServer' });

const runnerSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('worker') }).describe("Code in the worker's own program."),
    z
      .strictObject({ kind: z.literal('http'), url, headers, secrets: secretHeaders })
      .describe('The server posts the arguments as JSON.'),
    z
      .strictObject({
        kind: z.literal('mcp'),
        tool: z.string().min(1).max(200).describe('As the MCP server calls it.'),
        server: mcpServerSchema,
      })
      .describe('A tool of an MCP server.'),
  ])
  .meta({ id: 'ToolRunner' });

const jsonSchema = z.record(z.string(), z.unknown());

/** One version of a tool. */
export const toolDefinitionSchema = z
  .strictObject({
    name: toolNameSchema,
    version: toolVersionSchema,
    description: z.string().max(4000).default('').describe('For people, and for the model that chooses it.'),
    input: jsonSchema
      .default({ type: 'object' })
      .describe('JSON Schema (2020-12) of its arguments, which are an object.'),
    output: jsonSchema.nullable().default(null).describe('JSON Schema of its result; null for any.'),
    readOnly: z.boolean().default(false).describe('It changes nothing that others notice.'),
    idempotent: z
      .boolean()
      .default(false)
      .describe('A call that is made twice with the same key has one effect.'),
    timeoutMs: z.int().min(1).max(600_000).default(30_000).describe('How long one try may take.'),
    retries: z.int().min(0).max(10).default(0).describe('How often a call that failed is tried again.'),
    runner: runnerSchema,
  })
  .meta({ id: 'ToolDefinition' });

/** Registers a version of a tool. */
export const toolRequestSchema = z
  .strictObject({ tool: toolDefinitionSchema, by })
  .meta({ id: 'ToolRequest' });
/** A request to register a tool, with every default filled in. */
export type ToolRequest = z.infer<typeof toolRequestSchema>;

/** Registers the tools of an MCP server. */
export const toolImportRequestSchema = z
  .strictObject({
    server: mcpServerSchema,
    version: toolVersionSchema.describe('The version that they are registered as.'),
    prefix: z
      .string()
      .regex(/^([a-z0-9][-a-z0-9]{0,30})?$/)
      .default('')
      .describe('What their names begin with here.'),
    only: z
      .array(z.string().min(1).max(200))
      .max(200)
      .default([])
      .describe('Only these, as the server calls them; all without.'),
    timeoutMs: z.int().min(1).max(600_000).default(30_000).describe('How long one try may take.'),
    retries: z.int().min(0).max(10).default(0),
    by,
  })
  .meta({ id: 'ToolImportRequest' });
/** A request to register the tools of an MCP server. */
export type ToolImportRequest = z.infer<typeof toolImportRequestSchema>;

const breakerStateSchema = z.enum(['closed', 'open', 'half-open']);

/** A registered tool. */
export const toolSchema = z
  .object({
    definition: toolDefinitionSchema,
    createdAt: instant('When it was registered.'),
    breaker: breakerStateSchema.describe(
      'Open while it is left alone because it failed, half-open when it is about to be tried again; at the server that answers.',
    ),
    downstream: z
      .object({ name: z.string(), breaker: breakerStateSchema })
      .nullable()
      .describe('What lies behind it; null for a tool of workers.'),
  })
  .meta({ id: 'Tool' });
/** A registered tool on the wire. */
export type ToolView = z.infer<typeof toolSchema>;

/** Tools in the order of their names and versions. */
export const toolPageSchema = z.object({ items: z.array(toolSchema), next }).meta({ id: 'ToolPage' });

/** The tools that were registered from an MCP server. */
export const toolImportReplySchema = z
  .object({
    items: z.array(
      z.object({ tool: toolSchema, isNew: z.boolean().describe('False where it was there already.') }),
    ),
  })
  .meta({ id: 'ToolImportReply' });
/** The tools that were registered from an MCP server. */
export type ToolImportReply = z.infer<typeof toolImportReplySchema>;

/** How a call stands. */
export const toolCallStateSchema = z
  .enum(['running', 'succeeded', 'failed', 'refused', 'unknown'])
  .meta({ id: 'ToolCallState' });
/** How a call stands. */
export type ToolCallStateView = z.infer<typeof toolCallStateSchema>;

/** One call of a tool. */
const toolCallSchema = z
  .object({
    task: z.string(),
    call: z.string().describe('Its name within the task.'),
    attempt: z.int(),
    track: z.string(),
    revision: z.string(),
    worker: z.string(),
    name: z.string().describe('As the agent called it.'),
    servedBy: z.string().nullable().describe('`name@version` of the tool; null where none served.'),
    state: toolCallStateSchema,
    arguments: z.string().describe('As JSON, without secrets, and cut when it is long.'),
    failure: z.object({ reason: z.string(), message: z.string() }).nullable(),
    tries: z.int(),
    startedAt: instant('When it began.'),
    endedAt: instant('When it ended.').nullable(),
  })
  .meta({ id: 'ToolCall' });
/** A call of a tool on the wire. */
export type ToolCallView = z.infer<typeof toolCallSchema>;

/** Calls, newest first. */
export const toolCallPageSchema = z
  .object({ items: z.array(toolCallSchema), next })
  .meta({ id: 'ToolCallPage' });

/** What a hook said. */
const hookFiringSchema = z
  .object({
    at: instant('When it was asked.'),
    track: z.string(),
    revision: z.string(),
    hook: z.string(),
    moment: z.string().describe('`before-task`, for instance.'),
    session: z.string().nullable(),
    task: z.string().nullable(),
    attempt: z.int().nullable(),
    tool: z.string().nullable(),
    isAllowed: z.boolean(),
    hasFailed: z.boolean().describe('Whether the hook itself failed.'),
    message: z.string(),
    durationMs: z.int(),
  })
  .meta({ id: 'HookFiring' });
/** What a hook said, on the wire. */
export type HookFiringView = z.infer<typeof hookFiringSchema>;

/** What hooks said, newest first. */
export const hookFiringPageSchema = z
  .object({ items: z.array(hookFiringSchema), next })
  .meta({ id: 'HookFiringPage' });
