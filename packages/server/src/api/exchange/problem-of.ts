import { SluiceError, type FailureCode } from '@sluice/core/kernel/failure.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { z } from 'zod';
import { problem, type ProblemParts } from './problems.ts';
import { requestFaults } from './request-faults.ts';

/** What Fastify refuses before an operation is reached, by its code. */
const FRAMEWORK_REFUSALS: Readonly<Record<string, Omit<ProblemParts, 'detail'> & { detail?: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'unsupported-media-type',
    detail: 'The body of a request must be JSON.',
    remedy: 'Send it with `Content-Type: application/json`.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'body-too-large',
    detail: 'The body of the request is larger than this operation takes.',
    remedy: 'Send less; a sluice.yaml may have a million characters.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    code: 'malformed-json',
    detail: 'The request says that it carries JSON and has no body.',
    remedy: 'Send a JSON object.',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    status: 400,
    code: 'malformed-json',
    remedy: 'Send one JSON object, in UTF-8.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'malformed-request',
    detail: 'The body is not as long as Content-Length says.',
    remedy: 'Let the HTTP client compute Content-Length.',
  },
  FST_ERR_BAD_URL: {
    status: 400,
    code: 'malformed-request',
    detail: 'The path of the request is not a valid URL.',
    remedy: 'Encode each part of the path.',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    status: 400,
    code: 'malformed-request',
    detail: 'A part of the path is longer than any name can be.',
    remedy: 'Names have at most 100 characters.',
  },
  FST_ERR_HANDLER_TIMEOUT: {
    status: 503,
    code: 'answer-timed-out',
    detail: 'The control plane did not find the answer in time.',
    remedy: 'Try again in a moment; GET /health/ready says what is slow.',
  },
};

/** Failures of the world that pass by themselves; all others are unexpected. */
const PASSING: ReadonlySet<FailureCode> = new Set(['unreachable', 'timed-out', 'exhausted', 'conflict']);

/** Says in RFC 9457 what was thrown while a request was handled; never tells internals. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof z.core.$ZodError) return invalidRequest(thrown, contextOf(thrown));
  if (thrown instanceof SluiceError) return failure(thrown);
  const { code, statusCode, message } = fieldsOf(thrown);
  const known = FRAMEWORK_REFUSALS[code];
  if (known) return problem({ ...known, detail: known.detail ?? message });
  return statusCode >= 400 && statusCode < 500 ? otherRefusal(statusCode, message) : unexpected();
}

function invalidRequest(error: z.core.$ZodError, context: string): Problem {
  const errors = requestFaults(error.issues, context);
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return problem({
    status: 400,
    code: 'invalid-request',
    detail: first ? `${first.pointer}: ${first.detail}${more}` : 'The request is not valid.',
    remedy: 'Mend what `errors` points at; GET /openapi.json describes every operation.',
    errors,
  });
}

function failure({ code, message, next }: SluiceError): Problem {
  if (PASSING.has(code) || next === 'retry-after') {
    const remedy = 'Try again in a moment; GET /health/ready says what is missing.';
    return problem({ status: 503, code, detail: message, remedy });
  }
  return unexpected();
}

const unexpected = (): Problem =>
  problem({
    status: 500,
    code: 'unexpected',
    detail: 'The control plane failed while it handled the request.',
    remedy: 'Look for the request id of `instance` in the log of the server.',
  });

const otherRefusal = (status: number, message: string): Problem =>
  problem({
    status: 400,
    code: 'malformed-request',
    detail: status === 400 ? message : `The request was refused with ${status}: ${message}`,
    remedy: 'GET /openapi.json describes every operation.',
  });

/** Fastify notes on the error in which part of the request it was found. */
function contextOf(error: z.core.$ZodError): string {
  const { validationContext } = error as { validationContext?: unknown };
  return typeof validationContext === 'string' ? validationContext : 'body';
}

function fieldsOf(thrown: unknown): { code: string; statusCode: number; message: string } {
  const { code, statusCode, message } = Object(thrown) as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : '',
    statusCode: typeof statusCode === 'number' ? statusCode : 0,
    message: typeof message === 'string' ? message : '',
  };
}
