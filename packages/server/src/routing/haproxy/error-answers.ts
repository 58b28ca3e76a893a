/** An answer of the router itself, as a problem by RFC 9457; the reason also stands in the header `x-sluice-reason`. */
export interface ErrorAnswer {
  readonly status: number;
  readonly title: string;
  /** Stable, kebab-case; scripts may compare it. */
  readonly reason: string;
  /** One sentence for a person, without quotes. */
  readonly detail: string;
  readonly retryAfter?: boolean;
  /** HAProxy gives this status by itself; otherwise a rule does. */
  readonly ofProxy?: boolean;
}

/** Every answer that is given in the router's own name. */
export const ERROR_ANSWERS = {
  malformed: {
    status: 400,
    title: 'Bad Request',
    reason: 'malformed-request',
    detail: 'The request is not valid HTTP, or its head is too large.',
    ofProxy: true,
  },
  noRoute: {
    status: 404,
    title: 'Not Found',
    reason: 'no-route',
    detail: 'No component is routed at this host and path.',
  },
  methodRefused: {
    status: 405,
    title: 'Method Not Allowed',
    reason: 'method-refused',
    detail: 'The router serves neither CONNECT nor TRACE.',
  },
  requestTimeout: {
    status: 408,
    title: 'Request Timeout',
    reason: 'request-timeout',
    detail: 'The request was not received whole in time.',
    ofProxy: true,
  },
  lengthMissing: {
    status: 411,
    title: 'Length Required',
    reason: 'length-missing',
    detail:
      'This component limits the size of bodies, and a body without a declared length cannot be limited.',
  },
  bodyTooLarge: {
    status: 413,
    title: 'Payload Too Large',
    reason: 'body-too-large',
    detail: 'The body is larger than this component accepts.',
  },
  emptySplit: {
    status: 503,
    title: 'Service Unavailable',
    reason: 'empty-split',
    detail: 'This component has no revision in service.',
    retryAfter: true,
  },
  brokenAnswer: {
    status: 502,
    title: 'Bad Gateway',
    reason: 'answer-broken',
    detail: 'The instance closed the connection or sent something that is not HTTP before it answered.',
    ofProxy: true,
  },
  noInstance: {
    status: 503,
    title: 'Service Unavailable',
    reason: 'no-ready-instance',
    detail: 'The chosen revision has no instance that can be reached.',
    retryAfter: true,
    ofProxy: true,
  },
  upstreamTimeout: {
    status: 504,
    title: 'Gateway Timeout',
    reason: 'answer-timeout',
    detail: 'The instance did not answer within the time limit of this component.',
    ofProxy: true,
  },
} as const satisfies Record<string, ErrorAnswer>;
