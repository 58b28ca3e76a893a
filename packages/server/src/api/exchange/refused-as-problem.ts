import type { Refusal, Result } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';

/** Statuses by the beginning of a refusal's code; others say that the present state does not allow it. */
const STATUSES: readonly (readonly [RegExp, number, string])[] = [
  [/^invalid-/, 422, 'Not valid'],
  [/^(unknown-|no-such-|not-found)/, 404, 'Not found'],
];

/** What a feature refuses, as a problem. */
export function asProblem<Value>(result: Result<Value>): Result<Value, Problem> {
  return result.ok ? result : { ok: false, refusal: problemOfRefusal(result.refusal) };
}

function problemOfRefusal({ code, message, remedy }: Refusal): Problem {
  const [, status, title] = STATUSES.find(([pattern]) => pattern.test(code)) ?? [
    null,
    409,
    'Not possible now',
  ];
  return { type: `urn:sluice:problem:${code}`, status, code, title, detail: message, remedy };
}
