/** One request to an API server, in process or over HTTP. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute and without a query, for example `/api/v1/namespaces/shop/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Lower-case names; `content-type` is `application/json` where a body is given and nothing is said. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Which user asks, by the name the caller was told; the administrator where nothing is said, nobody for `none`. */
  readonly as?: string;
  /** JSON as an object, anything else as the text that is sent. */
  readonly body?: string | object;
}

/** The answer to one request; a body that is JSON is parsed. It may be shared with the server: never change it. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** One event of a watch. The object may be shared with the server: never change it. */
export interface ApiWatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/** A watch whose answer has begun, or that was refused: then `body` says why and it has ended. */
export interface ApiWatch {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Who ended it; a cut connection counts as the server's doing. */
  readonly ended: Promise<'server' | 'client'>;
  close(): void;
}

/**
 * Speaks to an API server, a fake one or a real one. Both calls reject with a `SluiceError` of code `unreachable` when no
 * server answers or the answer is cut off; any status of a server is an answer and no failure.
 */
export interface ApiCaller {
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** Opens a watch with a GET of this request; `watch=true` is added. Resolves when the head of the answer is there. */
  watch(request: ApiRequest, onEvent: (event: ApiWatchEvent) => void): Promise<ApiWatch>;
}
