/** The named limits of the router: every size, queue, retry and wait that it has. */
export interface RouterLimits {
  /** Bytes of a request's whole head; more is answered 431. */
  readonly headerBytes: number;
  /** Characters of the request target; more is answered 414. Below `headerBytes`, or 431 comes first. */
  readonly urlBytes: number;
  /** A head that is not complete by then is answered 408. */
  readonly headersTimeoutMs: number;
  /** A request that is not received whole by then is answered 408. */
  readonly requestTimeoutMs: number;
  /** A connection without a request for so long is closed. */
  readonly idleTimeoutMs: number;
  /** How often the two timeouts of requests are looked at; they fire late by up to this. */
  readonly checkIntervalMs: number;
  /** Connecting to an instance. */
  readonly connectTimeoutMs: number;
  /** Instances tried for one request, when nothing of it can have been processed. */
  readonly attempts: number;
  /** Consecutive failures to connect after which an instance is passed over. */
  readonly ejectAfterFailures: number;
  /** How long it is passed over at first; doubled with every further failure. */
  readonly ejectMs: number;
  readonly ejectMaxMs: number;
  /** Connections (HTTP/1.1) to one instance per worker; more requests at a time are answered 503. */
  readonly connectionsPerInstance: number;
  /** Of them, how many may stay open without a request. */
  readonly idleConnectionsPerInstance: number;
  /** Streams per connection (h2c). */
  readonly streamsPerConnection: number;
  /** Connections of clients per worker; further ones are closed at once. */
  readonly clientConnections: number;
  /** A request whose body is larger is not mirrored. */
  readonly mirrorBodyBytes: number;
  /** Mirrored copies running at a time per worker; further requests are not mirrored. */
  readonly mirrorsRunning: number;
  /** What is still read of a body that nobody wants, so that the client can read the answer. */
  readonly discardBytes: number;
  /** How long a connection stays half open after a malformed request, for the same reason. */
  readonly lingerMs: number;
  /** How long a stopping worker lets requests end before it cuts them off. */
  readonly drainMs: number;
  /** How long workers that the host process left behind stay when none of their instances takes connections any more. */
  readonly orphanMs: number;
  /** How long the workers of a host process that starts may take until all of them serve. */
  readonly startTimeoutMs: number;
  /** How long a change may wait for every worker's confirmation. */
  readonly applyTimeoutMs: number;
}

/** What the router uses when nothing else is said. */
export const DEFAULT_LIMITS: RouterLimits = {
  headerBytes: 16_384,
  urlBytes: 8_192,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 300_000,
  idleTimeoutMs: 65_000,
  checkIntervalMs: 1_000,
  connectTimeoutMs: 1_000,
  attempts: 3,
  ejectAfterFailures: 3,
  ejectMs: 1_000,
  ejectMaxMs: 30_000,
  connectionsPerInstance: 1_024,
  idleConnectionsPerInstance: 256,
  streamsPerConnection: 100,
  clientConnections: 16_384,
  mirrorBodyBytes: 65_536,
  mirrorsRunning: 256,
  discardBytes: 1_048_576,
  lingerMs: 1_000,
  drainMs: 30_000,
  orphanMs: 30_000,
  startTimeoutMs: 60_000,
  applyTimeoutMs: 10_000,
};
