/** A value or an expected refusal, with a reason a user can act on. */
export type Result<Value, Refused = Refusal> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refused };

/** Why something was refused: what was tried and is wrong, and what to do about it. */
export interface Refusal {
  /** Stable, kebab-case; scripts may compare it. */
  readonly code: string;
  /** One sentence: what was attempted, on what, what is wrong. */
  readonly message: string;
  /** One sentence: what to do next. */
  readonly remedy: string;
}

/** Wraps a value as success. */
export const ok = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({
  ok: true,
  value,
});

/** Wraps the three parts of a refusal. */
export function refuse(
  code: string,
  message: string,
  remedy: string,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, message, remedy } };
}
