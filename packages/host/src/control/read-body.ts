import type { IncomingMessage } from 'node:http';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import type { z } from 'zod';
import { malformed } from './problem.ts';

/** The largest order, in bytes; the largest real one is an environment of some kilobytes. */
const BODY_LIMIT_BYTES = 1024 * 1024;
/** Faults of one body that are named; the rest is likely to follow from them. */
const FAULTS_NAMED = 3;

/** Reads a JSON body of the given shape; a refusal names the first faults with their places. */
export async function readBody<Value>(
  request: IncomingMessage,
  shape: z.ZodType<Value>,
): Promise<Result<Value>> {
  const text = await readText(request);
  if (!text.ok) return text;
  let json: unknown;
  try {
    json = JSON.parse(text.value);
  } catch {
    return malformed('The body is not JSON.');
  }
  const parsed = shape.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const faults = parsed.error.issues
    .slice(0, FAULTS_NAMED)
    .map(({ path, message }) => `${path.map(String).join('.') || 'the body'}: ${message}`);
  return malformed(`The body is not what is expected here: ${faults.join('; ')}.`);
}

async function readText(request: IncomingMessage): Promise<Result<string>> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_LIMIT_BYTES)
        return refuse(
          'body-too-large',
          `The body is larger than ${BODY_LIMIT_BYTES} bytes.`,
          'Send a smaller order.',
        );
      chunks.push(chunk);
    }
  } catch {
    return malformed('The body ended before it was complete.');
  }
  return ok(Buffer.concat(chunks).toString('utf8'));
}
