import { type Dispatcher, errors, request } from 'undici';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { TOOL_LIMITS } from '@sluice/core/tasks/tool-definition.ts';
import { wasNeverSent } from './never-sent.ts';
import { failedTry, type SecretReader, type ToolExecutor, type TryEnd } from './tool-executor.ts';

/** Of what an answer says of its failure, in characters. */
const TOLD = 500;

/**
 * Posts arguments as JSON to the URL of a tool. The URL comes from who registered it alone, and a redirect is not followed:
 * nothing that an agent says decides who is called.
 */
export const httpTool =
  (readSecrets: SecretReader, dispatcher: Dispatcher): ToolExecutor<'http'> =>
  async ({ arguments: sent, key, signal }, { url, headers, secrets }) => {
    try {
      const response = await request(url, {
        ...{ method: 'POST', signal, dispatcher, body: JSON.stringify(sent) },
        headers: {
          ...headers,
          ...(await readSecrets(secrets)),
          ...{ 'content-type': 'application/json', accept: 'application/json', 'idempotency-key': key },
        },
      });
      const text = await limited(response.body);
      if (text === null)
        return failedTry('invalid-result', `It gave more than ${TOOL_LIMITS.resultBytes} bytes.`);
      return answered(response.statusCode, text);
    } catch (thrown) {
      return failedTry(...troubleOf(thrown, signal));
    }
  };

function answered(status: number, text: string): TryEnd {
  const said = text.trim() === '' ? '' : `: ${text.trim().slice(0, TOLD)}`;
  if (status === 429) return failedTry('rate-limited', `It asks for fewer calls (429)${said}`);
  if (status >= 300 && status < 400)
    return failedTry('rejected', `It answers with ${status}, and redirects are not followed.`);
  if (status >= 400 && status < 500) return failedTry('rejected', `It answers with ${status}${said}`);
  if (status >= 500) return failedTry('failed', `It answers with ${status}${said}`);
  if (text === '') return { ok: true, result: null };
  try {
    return { ok: true, result: JSON.parse(text) as unknown };
  } catch {
    return failedTry('invalid-result', 'What it gives is no JSON.');
  }
}

/** Null when it is more than a result may be. */
async function limited(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > TOOL_LIMITS.resultBytes) {
      body.destroy();
      return null;
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function troubleOf(thrown: unknown, { aborted }: AbortSignal): Parameters<typeof failedTry> {
  if (aborted || thrown instanceof errors.HeadersTimeoutError || thrown instanceof errors.BodyTimeoutError)
    return ['timeout', 'It gave nothing in time.'];
  if (thrown instanceof SluiceError && thrown.code === 'invalid-reply')
    return ['invalid-result', thrown.message];
  // A secret without a value, or an address that is refused; nothing was sent.
  if (thrown instanceof SluiceError) return ['unreachable', thrown.message];
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return wasNeverSent(thrown)
    ? ['unreachable', `It cannot be reached: ${message}`]
    : ['failed', `The connection broke: ${message}`];
}
