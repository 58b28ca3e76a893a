import { STATUS_CODES } from 'node:http';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The media type of RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json';

/** What makes up a problem besides what follows from it. */
export type ProblemParts = Pick<Problem, 'status' | 'code' | 'detail' | 'remedy' | 'errors'>;

/** Builds a problem; its type is a name made of the code, its title is the status in words. */
export function problem({ status, code, detail, remedy, errors }: ProblemParts): Problem {
  return {
    type: `urn:sluice:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Unknown',
    status,
    detail,
    code,
    remedy,
    ...(errors ? { errors } : {}),
  };
}

/** For whoever asks too much, and is told nothing else: counts of what waits are good for so long, in seconds. */
const RETRY_AFTER_SECONDS = 5;

/** Sends a problem, with the request it belongs to. A status that the operation does not document becomes 409. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, refused: Problem): FastifyReply {
  const status = documentedStatus(request, refused.status);
  if (status === 429 && !reply.hasHeader('retry-after'))
    void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  return reply
    .code(status)
    .type(PROBLEM_TYPE)
    .send({ ...refused, status, instance: `urn:sluice:request:${request.id}` });
}

/** Features may refuse for reasons that were not foreseen here; clients are promised the statuses of the document. */
function documentedStatus(request: FastifyRequest, status: number): number {
  const documented = new Set(Object.keys(Object(request.routeOptions.schema?.response)));
  if (status >= 500 || documented.size === 0 || documented.has(String(status))) return status;
  return documented.has('409') ? 409 : status;
}
