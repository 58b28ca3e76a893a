/** What is done with objects, in the words of RBAC and a few of ours, for counting. */
export type ApiVerb =
  | 'get'
  | 'list'
  | 'watch'
  | 'apply'
  | 'patch'
  | 'delete'
  | 'create'
  | 'discover'
  | 'logs'
  | 'proxy';

/** One request to an API server. */
export interface ApiRequest {
  readonly verb: ApiVerb;
  /** Kind of the objects, for counting. */
  readonly kind: string;
  /** What is tried, for messages: `apply Deployment shop/web`. */
  readonly action: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the server's address, with its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body?: string;
  /** How long one try may take until the answer is complete; the connection's own limit where nothing is said. */
  readonly timeoutMs?: number;
  /** Longest answer that is read, in bytes. */
  readonly longestReplyBytes?: number;
  /** Of a longer answer the beginning is enough; otherwise it is a failure. */
  readonly mayBeCut?: boolean;
}

/** The complete answer to a request. */
export interface ApiReply {
  readonly status: number;
  readonly text: string;
  /** As the header says it. */
  readonly retryAfter: string | undefined;
}

/** One request that was answered or not, for counting; a request that is tried again counts each time. */
export interface ApiCallCount {
  readonly verb: ApiVerb;
  readonly kind: string;
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Until the answer was complete, or a watch open. */
  readonly ms: number;
}
