/** A way in which the same thing is asked. */
export interface AskedWay {
  readonly name: string;
  /** Whether the server that is asked limits its callers. */
  readonly isLimited: boolean;
  readonly port: number;
  /** Of the server, whose processor time is taken. */
  readonly pid: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The status of an answer that is meant. */
  readonly statuses: readonly number[];
}

/** What a load process is to do: all ways in turn, so many times. */
export interface AccessLoad {
  readonly path: string;
  readonly ways: readonly AskedWay[];
  readonly connections: number;
  readonly rounds: number;
  readonly roundSeconds: number;
}

/** What one way gave in one round; a line of JSON. */
export interface WayRound {
  /** Its place among the ways. */
  readonly way: number;
  readonly answers: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server meanwhile. */
  readonly serverMs: number;
  /** Answers with another status than is meant, and the first of these. */
  readonly failures: number;
  readonly firstFailure: string | null;
}
