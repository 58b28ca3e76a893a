/** What may be done after a failure. */
export type FailureNext = 'retry' | 'retry-after' | 'stop' | 'ask-human';

/** The closed list of ways in which the world misbehaves. */
export type FailureCode =
  | 'unreachable'
  | 'timed-out'
  | 'refused-as-stale'
  | 'conflict'
  | 'invalid-reply'
  | 'not-found'
  | 'exhausted'
  | 'unsupported'
  | 'invalid-input'
  | 'unexpected';

/** The one class for failures: the world misbehaved while something was attempted. */
export class SluiceError extends Error {
  readonly code: FailureCode;
  readonly next: FailureNext;
  /** How long to wait before a retry, in milliseconds; only with `retry-after`. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options: { next: FailureNext; cause?: unknown; retryAfterMs?: number },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SluiceError';
    this.code = code;
    this.next = options.next;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Wraps anything that was thrown, saying what was attempted; a SluiceError passes through unchanged. */
  static from(thrown: unknown, attempted: string): SluiceError {
    if (thrown instanceof SluiceError) return thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return new SluiceError('unexpected', `${attempted}: ${reason}`, { next: 'retry', cause: thrown });
  }
}
