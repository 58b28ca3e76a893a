import type { ApiWatchEvent } from '../api/api-caller.ts';

/** An answer that is complete when it is given. */
export interface PlainResponse {
  readonly kind: 'plain';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** An answer that goes on: events follow until either side ends it. */
export interface StreamResponse {
  readonly kind: 'stream';
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  /** Begins the stream; both functions may be called at once. Returns how the client ends it. */
  readonly start: (onEvent: (event: ApiWatchEvent) => void, onEnd: () => void) => () => void;
}

/** Any answer of the server. */
export type ApiResponse = PlainResponse | StreamResponse;

const json = { 'content-type': 'application/json' };

/** An answer in JSON. */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): PlainResponse {
  return { kind: 'plain', status, headers: { ...json, ...headers }, body };
}

/** A JSON answer with warnings, as browsers and clients show them. */
export function withWarnings(response: PlainResponse, warnings: readonly string[]): PlainResponse {
  if (warnings.length === 0) return response;
  const told = warnings.map(
    (warning) => `299 - "${warning.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  );
  return { ...response, headers: { ...response.headers, warning: told.join(', ') } };
}
