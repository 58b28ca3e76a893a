import type { JsonObject } from '../kernel/json.ts';

/** Where a secret of a tool is kept, on the machine of the server; the value itself is never stored. */
export type ToolSecret =
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'environment'; readonly name: string };

/** A server that speaks MCP. */
export type McpServer =
  | {
      readonly over: 'stdio';
      /** A program and its arguments; no shell reads them. */
      readonly command: readonly string[];
      /** Absolute; null for the folder of the server's own process. */
      readonly directory: string | null;
      readonly env: Readonly<Record<string, string>>;
      /** Environment variables whose values are secrets. */
      readonly secrets: Readonly<Record<string, ToolSecret>>;
    }
  | {
      readonly over: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      /** Headers whose values are secrets. */
      readonly secrets: Readonly<Record<string, ToolSecret>>;
    };

/** Who carries a call out. */
export type ToolRunner =
  /** Code in the worker's own program. */
  | { readonly kind: 'worker' }
  /** The server posts the arguments to a URL. */
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly secrets: Readonly<Record<string, ToolSecret>>;
    }
  /** The server calls a tool of an MCP server. */
  | { readonly kind: 'mcp'; readonly tool: string; readonly server: McpServer };

/** The kinds of tools. */
export type ToolKind = ToolRunner['kind'];

/** One version of a tool: what it takes, what it gives, and how it is called. It never changes. */
export interface ToolDefinition {
  readonly name: string;
  readonly version: string;
  /** For people, and for the model that chooses it. */
  readonly description: string;
  /** JSON Schema (2020-12) of its arguments, which are an object. */
  readonly input: JsonObject;
  /** JSON Schema of its result; null for any. */
  readonly output: JsonObject | null;
  /** It changes nothing that others notice, so that it may be called where a task may not act. */
  readonly readOnly: boolean;
  /** A call that is made twice with the same key has one effect, so that it may be made again when nobody knows its end. */
  readonly idempotent: boolean;
  /** How long one try may take, in ms. */
  readonly timeoutMs: number;
  /** How often a call that failed is tried again, from 0 to 10. */
  readonly retries: number;
  readonly runner: ToolRunner;
}

/** Sizes that no call may exceed. */
export const TOOL_LIMITS = {
  /** Arguments, in bytes of JSON. */
  argumentsBytes: 64 * 1024,
  /** A result, in bytes of JSON. */
  resultBytes: 256 * 1024,
  /** What the audit keeps of arguments, in characters of JSON. */
  auditedCharacters: 8 * 1024,
  /** A schema, in bytes of JSON. */
  schemaBytes: 64 * 1024,
  /** Calls of one attempt at a task; whoever makes more runs in a circle. */
  callsOfAttempt: 1_000,
  /** The longest time limit of one try, in ms. */
  timeoutMs: 10 * 60_000,
  /** Versions of tools that a tenant has. */
  registered: 1_000,
} as const;

/** A call that is made again may have no second effect. */
export const mayRepeat = ({
  readOnly,
  idempotent,
}: Pick<ToolDefinition, 'readOnly' | 'idempotent'>): boolean => readOnly || idempotent;
