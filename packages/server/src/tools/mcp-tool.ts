import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
} from '@modelcontextprotocol/client';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { TOOL_LIMITS } from '@sluice/core/tasks/tool-definition.ts';
import type { McpConnections } from './mcp-connections.ts';
import { wasNeverSent } from './never-sent.ts';
import { failedTry, type ToolExecutor, type TryEnd } from './tool-executor.ts';

/** Under which a server is told the key of a call, in the metadata of the request. */
export const KEY_META = 'sluice.dev/idempotency-key';

/** Calls tools of MCP servers. */
export const mcpTool =
  (connections: Pick<McpConnections, 'use' | 'drop'>): ToolExecutor<'mcp'> =>
  async ({ definition, arguments: sent, key, signal }, { tool, server }) => {
    try {
      const result = await connections.use(server, (client) => {
        signal.throwIfAborted();
        return client.callTool(
          { name: tool, arguments: sent, _meta: { [KEY_META]: key } },
          { signal, timeout: definition.timeoutMs },
        );
      });
      return endOf(result);
    } catch (thrown) {
      const trouble = troubleOf(thrown, signal);
      if (trouble[0] !== 'timeout' && isBroken(thrown)) connections.drop(server);
      return failedTry(...trouble);
    }
  };

/** What a tool gave: its structured content, else its text, else everything. */
function endOf({ structuredContent, content, isError }: CallToolResult): TryEnd {
  const text = textOf(content);
  if (isError) return failedTry('failed', text ?? 'It says that it failed, and not why.');
  const result = structuredContent ?? text ?? { content };
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes <= TOOL_LIMITS.resultBytes) return { ok: true, result };
  return failedTry('invalid-result', `It gave ${bytes} bytes, and ${TOOL_LIMITS.resultBytes} are the most.`);
}

/** All of it, where all of it is text. */
function textOf(content: CallToolResult['content']): string | null {
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.length === content.length && texts.length > 0 ? texts.join('\n') : null;
}

/** Whether the connection is of no use any more; an error of the protocol, or patience that has ended, leaves it alone. */
const isBroken = (thrown: unknown): boolean =>
  !ProtocolError.isInstance(thrown) &&
  !(SdkError.isInstance(thrown) && thrown.code === SdkErrorCode.RequestTimeout) &&
  !(SdkError.isInstance(thrown) && thrown.code === SdkErrorCode.InvalidResult);

function troubleOf(thrown: unknown, { aborted }: AbortSignal): Parameters<typeof failedTry> {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof SluiceError)
    return [thrown.code === 'invalid-reply' ? 'invalid-result' : 'unreachable', thrown.message];
  if (aborted || (SdkError.isInstance(thrown) && thrown.code === SdkErrorCode.RequestTimeout))
    return ['timeout', 'It gave nothing in time.'];
  if (ProtocolError.isInstance(thrown))
    return thrown.code === ProtocolErrorCode.InvalidParams || thrown.code === ProtocolErrorCode.MethodNotFound
      ? ['rejected', message]
      : ['failed', message];
  // A session that the server does not know any more, and what is refused at its door, has not come to any tool.
  if (SdkHttpError.isInstance(thrown) && thrown.status >= 400 && thrown.status < 500)
    return thrown.status === 429 ? ['rate-limited', message] : ['unreachable', message];
  if (wasNeverSent(thrown) || (SdkError.isInstance(thrown) && NOT_SENT.has(thrown.code)))
    return ['unreachable', message];
  if (SdkError.isInstance(thrown) && thrown.code === SdkErrorCode.InvalidResult)
    return ['invalid-result', message];
  return ['failed', `The connection broke: ${message}`];
}

const NOT_SENT: ReadonlySet<SdkErrorCode> = new Set([SdkErrorCode.NotConnected, SdkErrorCode.NotInitialized]);
