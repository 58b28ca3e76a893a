import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';

/**
 * Whether nobody waits for an answer any more. It is asked before its `close` is waited for: what has closed while something
 * else was waited for does not say so again. An answer over HTTP/2 is never `destroyed`; its stream is.
 */
export const hasGone = (raw: ServerResponse): boolean =>
  raw.destroyed || ('stream' in raw && (raw.stream as ServerHttp2Stream).destroyed);
