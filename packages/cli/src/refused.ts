import type { Fault } from '@sluice/protocol/http/fault.ts';
import type { ApiFailure } from '@sluice/protocol/http/api-call.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Why a command did not do what it was asked, and the number it ends with. */
export interface Refused {
  readonly exitCode: ExitCode;
  readonly code: string;
  /** What was attempted, on what, and what is wrong. */
  readonly detail: string;
  /** What to do next. */
  readonly remedy: string;
  readonly faults?: readonly Fault[];
  /** The file in which the faults are, when it is at hand. */
  readonly text?: string;
  /** What the control plane said, when it was the one who refused. */
  readonly problem?: Problem;
}

/** A value or why there is none. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refused: Refused };

/** Makes a refusal out of its parts. */
export const refusal = (
  exitCode: ExitCode,
  code: string,
  words: { readonly detail: string; readonly remedy: string },
): { readonly ok: false; readonly refused: Refused } => ({
  ok: false,
  refused: { exitCode, code, ...words },
});

/** Says what a failed call means for a person at a command line. */
export function refusedByApi(failure: ApiFailure, baseUrl: string): Refused {
  switch (failure.kind) {
    case 'refused':
      return refusedByProblem(failure.problem);
    case 'unreachable':
      return {
        exitCode: EXIT.unreachable,
        code: 'unreachable',
        detail: `The control plane does not answer at ${baseUrl}: ${failure.reason}.`,
        remedy: /certificate|altnames/i.test(failure.reason)
          ? 'Name the authority of its certificate with SLUICE_CA_FILE or `sluice login --ca FILE`, and address it by a name of its certificate.'
          : 'Start it with `sluice up`, or name another with --api or SLUICE_API. What runs goes on running.',
      };
    case 'timed-out':
      return {
        exitCode: EXIT.unreachable,
        code: 'timed-out',
        detail: failure.message,
        remedy: `Look at ${baseUrl}/health/ready and at server.log in the directory of \`sluice up\`.`,
      };
    case 'unreadable':
      return {
        exitCode: EXIT.failed,
        code: 'unreadable-reply',
        detail: failure.message,
        remedy: 'Use the same version of Sluice on both sides, and check the address.',
      };
  }
}

function refusedByProblem(problem: Problem): Refused {
  const { code, detail, remedy, faults } = problem;
  const exitCode = exitCodeOf(problem.status);
  return { exitCode, code, detail, remedy, problem, ...(faults ? { faults } : {}) };
}

function exitCodeOf(status: number): ExitCode {
  if ([404, 409, 412, 429].includes(status)) return EXIT.refusedByState;
  if (status === 503) return EXIT.unreachable;
  return status >= 500 ? EXIT.failed : EXIT.refusedInput;
}
