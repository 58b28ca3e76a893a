import type { ToolFailure } from '@sluice/core/tasks/tool-call.ts';
import type {
  McpServer,
  ToolDefinition,
  ToolRunner,
  ToolSecret,
} from '@sluice/core/tasks/tool-definition.ts';

/** One try of a call. */
export interface ToolTry {
  readonly definition: ToolDefinition;
  /** JSON; data, and never part of a command or an address. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Names the call: whoever gets it twice does it once. */
  readonly key: string;
  /** Aborted when its time is over. */
  readonly signal: AbortSignal;
}

/** What came of a try. */
export type TryEnd =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly failure: ToolFailure };

/** Carries out tools of one kind; never rejects. */
export type ToolExecutor<Kind extends ToolRunner['kind'] = ToolRunner['kind']> = (
  one: ToolTry,
  runner: Extract<ToolRunner, { kind: Kind }>,
) => Promise<TryEnd>;

/** Reads secrets by reference; rejects with a `SluiceError` that says which one has no value. */
export type SecretReader = (
  secrets: Readonly<Record<string, ToolSecret>>,
) => Promise<Readonly<Record<string, string>>>;

/** What lies behind a tool, as its breaker is named; null where there is nothing but the tool. */
export function downstreamOf({ runner }: Pick<ToolDefinition, 'runner'>): string | null {
  if (runner.kind === 'worker') return null;
  return runner.kind === 'http' ? new URL(runner.url).origin : serverName(runner.server);
}

/** An MCP server in words. */
export const serverName = (server: McpServer): string =>
  server.over === 'http' ? server.url : server.command.join(' ');

/** A failed try. */
export const failedTry = (reason: ToolFailure['reason'], message: string): TryEnd => ({
  ok: false,
  failure: { reason, message },
});
