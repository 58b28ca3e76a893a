import type { Result } from '@sluice/core/kernel/result.ts';
import type { Problem, TrackView } from '@sluice/protocol/http/views.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { trackTag } from './entity-tag.ts';
import type { Answer, Idempotency } from './idempotency.ts';
import { sendProblem } from './problems.ts';

/** Sends a value with 200, or the refusal as a problem. */
export function sendResult(
  request: FastifyRequest,
  reply: FastifyReply,
  result: Result<unknown, Problem>,
): FastifyReply {
  return result.ok ? reply.code(200).send(result.value) : sendProblem(request, reply, result.refusal);
}

/** Carries out a change once per Idempotency-Key and sends its answer; a track is sent with its tag. */
export async function sendOnce(
  { request, reply, idempotency }: { request: FastifyRequest; reply: FastifyReply; idempotency: Idempotency },
  status: number,
  act: () => Promise<Result<unknown, Problem>>,
): Promise<FastifyReply> {
  const key = request.headers['idempotency-key'];
  const repeatable = {
    key: Array.isArray(key) ? key.join(',') : key,
    caller: request.caller.subject,
    operation: `${request.method} ${request.url}`,
    body: request.body,
  };
  const answer = await idempotency.once(repeatable, async () => answerOf(await act(), status));
  if (answer.replayed) void reply.header('idempotency-replayed', 'true');
  if (answer.retryAfterSeconds) void reply.header('retry-after', String(answer.retryAfterSeconds));
  if (answer.status >= 400) return sendProblem(request, reply, answer.body as Problem);
  const tag = tagOf(answer.body);
  if (tag !== undefined) void reply.header('etag', tag);
  return reply.code(answer.status).send(answer.body);
}

const answerOf = (result: Result<unknown, Problem>, status: number): Answer =>
  result.ok ? { status, body: result.value } : { status: result.refusal.status, body: result.refusal };

function tagOf(body: unknown): string | undefined {
  const isTrack = typeof body === 'object' && body !== null && 'splitConfirmed' in body;
  return isTrack ? trackTag(body as TrackView) : undefined;
}
