import { problemSchema } from '@sluice/protocol/http/views.ts';
import type { z } from 'zod';
import { PROBLEM_TYPE } from './problems.ts';

/** The statuses with which operations refuse, in the words of the document. */
const MEANINGS = {
  400: 'The request is not valid; `errors` points at each fault.',
  401: 'Nothing is said of who asks, or nobody is known by it.',
  403: 'The caller may not do this, or a page of another site sent the request.',
  404: 'There is no such thing.',
  406: 'The answer does not exist in a form that `Accept` names.',
  409: 'The present state does not allow it.',
  412: 'The track has changed since the version that `If-Match` names.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  421: 'The request is addressed to another host.',
  422: 'The request is well formed, but what it asks for is refused; `faults` points into the file.',
  429: 'Too much is asked, or waits already; nothing was done, and `Retry-After` says when to try again.',
  500: 'The control plane failed.',
  503: 'Something that the control plane needs does not answer; try again in a moment.',
} as const;

/** A status with which an operation may refuse. */
export type RefusalStatus = keyof typeof MEANINGS;

/** Statuses that every operation may answer with. */
const ALWAYS: readonly RefusalStatus[] = [400, 401, 403, 421, 429, 500, 503];
/** Statuses of every operation that takes a body. */
const WITH_BODY: readonly RefusalStatus[] = [413, 415];

/** A documented reply: what it means, and its body by media type. */
export interface DocumentedReply {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

/** A reply in JSON, for the schema of an operation. */
export const jsonReply = (description: string, schema: z.ZodType): DocumentedReply => ({
  description,
  content: { 'application/json': { schema } },
});

/** A 503 that is either a problem or, from an operation that reports health, a report. */
export const unhealthyReply = (description: string, schema: z.ZodType): DocumentedReply => ({
  description,
  content: { 'application/json': { schema }, [PROBLEM_TYPE]: { schema: problemSchema } },
});

/** The refusals of an operation that reads, for its schema. */
export const readingRefusals = (...statuses: RefusalStatus[]): Record<number, DocumentedReply> =>
  responses([...ALWAYS, ...statuses]);

/** The refusals of an operation that takes a body, for its schema. */
export const postingRefusals = (...statuses: RefusalStatus[]): Record<number, DocumentedReply> =>
  responses([...ALWAYS, ...WITH_BODY, ...statuses]);

function responses(statuses: readonly RefusalStatus[]): Record<number, DocumentedReply> {
  const response = (status: RefusalStatus): DocumentedReply => ({
    description: MEANINGS[status],
    content: { [PROBLEM_TYPE]: { schema: problemSchema } },
  });
  return Object.fromEntries([...new Set(statuses)].map((status) => [status, response(status)]));
}
