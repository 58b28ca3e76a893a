/** What the API bounds; every number is a maximum. */
export interface ApiLimits {
  /** Of requests that carry no file. */
  readonly bodyBytes: number;
  /** Of requests that carry a `sluice.yaml`: a million characters, escaped as JSON. */
  readonly fileBodyBytes: number;
  readonly headerBytes: number;
  /** For a request to arrive as a whole. */
  readonly requestTimeoutMs: number;
  /** For a request to be answered. */
  readonly answerTimeoutMs: number;
  /** For one probe of readiness. */
  readonly probeTimeoutMs: number;
  readonly eventSubscribers: number;
  /** Silence on an event stream, after which a comment keeps proxies and clients patient. */
  readonly heartbeatMs: number;
  /** How often it is looked whether whoever follows a stream may still do so. */
  readonly callerLookMs: number;
  /** For a subscriber to take what it was sent; then it is cut off and may come back. */
  readonly drainTimeoutMs: number;
  /** For what runs to end once the API closes; then it is cut. */
  readonly closeTimeoutMs: number;
  /** Of one message over gRPC: a payload of a task takes up to ten times its JSON there. */
  readonly messageBytes: number;
}

/** The limits of an installation; each can be overridden for a test. */
export const DEFAULT_LIMITS: ApiLimits = {
  bodyBytes: 64 * 1024,
  fileBodyBytes: 4 * 1024 * 1024,
  headerBytes: 16 * 1024,
  requestTimeoutMs: 30_000,
  answerTimeoutMs: 30_000,
  probeTimeoutMs: 2_000,
  eventSubscribers: 100,
  heartbeatMs: 15_000,
  callerLookMs: 5_000,
  drainTimeoutMs: 30_000,
  closeTimeoutMs: 10_000,
  messageBytes: 4 * 1024 * 1024,
};
