/** A proxy that has been started. */
export interface RunningProxy {
  readonly port: number;
  /** The processes that it consists of, for memory and processor time. */
  pids(): readonly number[];
  stop(): Promise<void>;
}

/** A proxy in the comparison. */
export interface Contender {
  readonly name: string;
  /** Its version and how it is set up, for the table. */
  readonly setup: string;
  /** Whether the goals compare with it: a proxy that runs on Node. */
  readonly isNode: boolean;
  readonly isOurs: boolean;
  /**
   * Starts it in front of an instance on loopback.
   * @param scratch a folder of its own for configuration and state
   */
  start(upstreamPort: number, scratch: string): Promise<RunningProxy>;
}
