import type { Problem } from './problem.ts';

/** Every answer that the router gives in its own name. */
export const PROBLEMS = {
  malformed: (detail: string): Problem => ({ status: 400, reason: 'malformed-request', detail }),
  hostMissing: {
    status: 400,
    reason: 'host-missing',
    detail: 'An HTTP/1.1 request must name one valid host.',
  },
  noRoute: {
    status: 404,
    reason: 'no-route',
    detail: 'No component is routed at this host and path.',
  },
  methodRefused: {
    status: 405,
    reason: 'method-refused',
    detail: 'The router serves neither CONNECT nor TRACE.',
  },
  requestTimeout: {
    status: 408,
    reason: 'request-timeout',
    detail: 'The request was not received whole in time.',
  },
  bodyTooLarge: {
    status: 413,
    reason: 'body-too-large',
    detail: 'The body is larger than this component accepts.',
  },
  uriTooLong: { status: 414, reason: 'uri-too-long', detail: 'The request target is too long.' },
  expectationFailed: {
    status: 417,
    reason: 'expectation-failed',
    detail: 'Only the expectation 100-continue can be met.',
  },
  headTooLarge: { status: 431, reason: 'head-too-large', detail: 'The head of the request is too large.' },
  codingRefused: {
    status: 501,
    reason: 'transfer-coding-refused',
    detail: 'The only transfer coding that is understood in a request is chunked, once.',
  },
  unreachable: {
    status: 502,
    reason: 'instance-unreachable',
    detail: 'No connection to an instance of the chosen revision could be made.',
  },
  brokenAnswer: {
    status: 502,
    reason: 'answer-broken',
    detail: 'The instance closed the connection or sent something that is not HTTP before it answered.',
  },
  emptySplit: {
    status: 503,
    reason: 'empty-split',
    detail: 'This component has no revision in service.',
    retryAfterSeconds: 1,
  },
  noInstance: {
    status: 503,
    reason: 'no-ready-instance',
    detail: 'The chosen revision has no ready instance.',
    retryAfterSeconds: 1,
  },
  overloaded: {
    status: 503,
    reason: 'too-many-requests-running',
    detail: 'The instance has as many requests running as the router allows.',
    retryAfterSeconds: 1,
  },
  upstreamTimeout: {
    status: 504,
    reason: 'answer-timeout',
    detail: 'The instance did not answer within the time limit of this component.',
  },
} as const satisfies Record<string, Problem | ((detail: string) => Problem)>;
