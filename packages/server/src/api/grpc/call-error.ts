import { Code, ConnectError } from '@connectrpc/connect';
import { SluiceError, type FailureCode } from '@sluice/core/kernel/failure.ts';
import type { Refusal, Result } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { RefusalSchema } from '@sluice/protocol/generated/sluice/agents/v1/refusals_pb.js';

/** Refusals by the beginning of their code; others say that the moment is wrong. */
const REFUSED_AS: readonly (readonly [RegExp, Code])[] = [
  [/^invalid-/, Code.InvalidArgument],
  [/^(no-such-|not-found|unknown-)/, Code.NotFound],
  [/^already-/, Code.AlreadyExists],
  [/^(busy|closing)$/, Code.Unavailable],
  [/^(too-many|limit-)/, Code.ResourceExhausted],
  [/^not-wired$/, Code.Unimplemented],
  [/^conflict$/, Code.Aborted],
];

const FAILED_AS: Readonly<Partial<Record<FailureCode, Code>>> = {
  unreachable: Code.Unavailable,
  'timed-out': Code.Unavailable,
  exhausted: Code.ResourceExhausted,
  conflict: Code.Aborted,
  'not-found': Code.NotFound,
  'invalid-input': Code.InvalidArgument,
};

/** A refusal as a call is told of it: message and remedy as text, and all three parts as a detail. */
export function refusalError(refusal: Refusal): ConnectError {
  const code = REFUSED_AS.find(([pattern]) => pattern.test(refusal.code))?.[1] ?? Code.FailedPrecondition;
  const { message, remedy } = refusal;
  return new ConnectError(`${message} ${remedy}`, code, undefined, [
    { desc: RefusalSchema, value: { code: refusal.code, message, remedy } },
  ]);
}

/**
 * What was asked for.
 * @throws ConnectError with the refusal
 */
export function valueOf<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw refusalError(result.refusal);
}

/** Whatever was thrown, as a call may be told of it; internals are not. */
export function callError(thrown: unknown): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  const code = thrown instanceof SluiceError ? FAILED_AS[thrown.code] : undefined;
  if (thrown instanceof SluiceError && code !== undefined)
    return new ConnectError(thrown.message, code, undefined, undefined, thrown);
  return new ConnectError(
    'The control plane failed while it answered the call. Look into the log of the server.',
    Code.Internal,
    undefined,
    undefined,
    thrown,
  );
}

/** What the features of the HTTP API refuse, as a call is told of it; by its status. */
export function problemError({ status, code, detail, remedy }: Problem): ConnectError {
  return new ConnectError(`${detail} ${remedy}`, PROBLEM_AS[status] ?? Code.FailedPrecondition, undefined, [
    { desc: RefusalSchema, value: { code, message: detail, remedy } },
  ]);
}

const PROBLEM_AS: Readonly<Record<number, Code>> = {
  400: Code.InvalidArgument,
  404: Code.NotFound,
  422: Code.InvalidArgument,
  429: Code.ResourceExhausted,
  500: Code.Internal,
  503: Code.Unavailable,
};
