import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { pause } from './pause.ts';

/** A call is made again so often, and then its refusal stands. */
const MOST_TIMES = 3;
/** An attempt does not stand still for longer, in ms. */
const LONGEST_MS = 10_000;

/**
 * Makes a call again that was refused because too much was asked at once, when the server says: nothing of it was done. Streams
 * are left to whoever opened them.
 */
export const askLater: Interceptor = (next) => async (request) => {
  if (request.stream) return next(request);
  for (let times = 0; ; times += 1)
    try {
      return await next(request);
    } catch (thrown) {
      const waitMs = waitOf(ConnectError.from(thrown));
      if (waitMs === null || times === MOST_TIMES) throw thrown;
      await pause(waitMs, request.signal);
      request.signal.throwIfAborted();
    }
};

/** As servers say it by gRPC's own rules for retries (gRFC A6); null where nothing is said, or too much. */
function waitOf({ code, metadata }: ConnectError): number | null {
  const said = metadata.get('grpc-retry-pushback-ms');
  if (code !== Code.ResourceExhausted || said === null || !/^\d{1,6}$/.test(said)) return null;
  return Number(said) > LONGEST_MS ? null : Number(said);
}
