/** What to ask, and for how long. */
export interface Load {
  readonly apiPort: number;
  readonly token: string;
  readonly operation: string;
  readonly connections: number;
  readonly tracks: number;
  readonly sources: string;
  readonly warmUpSeconds: number;
  readonly rounds: number;
  readonly roundSeconds: number;
}

/** What one round gave. */
export interface LoadRound {
  readonly seconds: number;
  /** Requests that did what was asked; the latencies are theirs. */
  readonly answers: number;
  /** Answers with a status of 400 or above, and requests without an answer. */
  readonly failures: number;
  /** The status and beginning of the first failure. */
  readonly firstFailure: string | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
}
