import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type Interceptor,
} from '@connectrpc/connect';
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Api } from '../api-instance.ts';
import type { ApiLimits } from '../api-limits.ts';
import { CALL_NEEDS, CALLER_MAY_NOT, CALLER_MAY_NOT_SERVE, scopeCalls } from '../access/scope-calls.ts';
import { hasGone } from '../exchange/has-gone.ts';
import { needOfCall } from '../access/needs-of-calls.ts';
import { callError } from './call-error.ts';
import { CUT_CALL, cutCall, endWithAnswer } from './call-stream.ts';
import { watchCaller } from './watch-caller.ts';

/** What calls are served with. */
export interface CallContext {
  /** Aborted when the API closes, so that endless calls end. */
  readonly closing: AbortSignal;
  readonly limits: ApiLimits;
  readonly log: Logger;
}

/**
 * Values that are nested too deep are read nevertheless, so that they can be refused in words: a message that cannot be read
 * at all ends a session, and its worker would come back and say it again. A thousand levels are far from filling the stack.
 */
const READING = { readUnknownFields: true, recursionLimit: 1_000 };

/** Serves calls over gRPC, gRPC-Web and Connect beside the operations of the HTTP API, behind the same guards. */
export function mountCalls(app: Api, routes: (router: ConnectRouter) => void, context: CallContext): void {
  const router = createConnectRouter({
    acceptCompression: [compressionGzip],
    readMaxBytes: context.limits.messageBytes,
    writeMaxBytes: 2 * context.limits.messageBytes,
    binaryOptions: READING,
    shutdownSignal: shutdownOf(context.closing),
    interceptors: [tellFailures(context.log), scopeCalls],
  });
  routes(router);
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
    for (const handler of router.handlers)
      scope.route({
        method: 'POST',
        url: handler.requestPath,
        schema: { hide: true },
        config: { needs: needOfCall(handler.requestPath), isCall: true, ...boundsOf(handler) },
        handler: async (request, reply) => {
          reply.hijack();
          cutWhenLate(handler.method, request.raw, context.limits.requestTimeoutMs);
          await serve(handler, request, { reply, callerLookMs: context.limits.callerLookMs }).catch(
            (thrown: unknown) => brokeOff(context.log, request, thrown),
          );
        },
      });
  });
}

/**
 * Calls that last as long as both sides like are no load while nothing is said; a worker has one open for all of its time. What
 * else workers keep open asks the store again and again, or fills it, and is counted as any of their calls.
 */
function boundsOf({ requestPath, method: { methodKind, name } }: ConnectRouter['handlers'][number]) {
  if (methodKind === 'unary') return {};
  if (name === 'Work') return { limitedAs: null, inFlightAs: null } as const;
  const permission = needOfCall(requestPath)?.permission;
  // Of those that anybody may open, strangers would open as many as they like.
  if (permission === null) return { limitedAs: 'reads', inFlightAs: 'streams' } as const;
  return permission === 'agents:work' ? {} : ({ inFlightAs: null } as const);
}

/** Over HTTP/2 nobody else sees to it that a request arrives as a whole: each that does not would stay for good. */
function cutWhenLate(
  { methodKind }: ConnectRouter['handlers'][number]['method'],
  raw: FastifyRequest['raw'],
  withinMs: number,
): void {
  if (raw.complete || (methodKind !== 'unary' && methodKind !== 'server_streaming')) return;
  const late = setTimeout(() => cutCall(raw), withinMs);
  const arrived = (): void => clearTimeout(late);
  raw.once('end', arrived).once('close', arrived);
}

/** The id of the request that a call came as, in the values of the call. */
const REQUEST_ID = createContextKey('', { description: 'id of the request' });

async function serve(
  handler: ConnectRouter['handlers'][number],
  request: FastifyRequest,
  { reply, callerLookMs }: { readonly reply: FastifyReply; readonly callerLookMs: number },
): Promise<void> {
  const { id, raw, mayNot, mayNotServe, routeOptions } = request;
  // Nobody would hear, and what ends with the call would never end.
  if (hasGone(reply.raw)) return;
  const values = createContextValues()
    .set(CUT_CALL, () => cutCall(raw))
    .set(REQUEST_ID, id);
  values.set(CALL_NEEDS, routeOptions.config.needs?.permission ?? null);
  values.set(CALLER_MAY_NOT, mayNot).set(CALLER_MAY_NOT_SERVE, mayNotServe);
  const called = universalRequestFromNodeRequest(raw, reply.raw, undefined, values);
  const isOut = handler.method.methodKind === 'unary' ? null : endOfWelcome(request);
  const watch = isOut && watchCaller(isOut, callerLookMs);
  if (watch) raw.once('close', () => watch.stop());
  const signal = watch && called.signal ? AbortSignal.any([called.signal, watch.signal]) : called.signal;
  const answer = await handler({ ...called, signal });
  endWithAnswer(raw);
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  await universalResponseToNodeResponse(answer, reply.raw);
}

/**
 * Whether a call that lasts has to end. That of a worker goes on with what it has begun when its token has merely ended, as it
 * renews that; any other ends with the rights that it began with. What anybody may call has nothing to lose.
 */
function endOfWelcome(request: FastifyRequest): (() => Promise<boolean>) | null {
  const permission = request.routeOptions.config.needs?.permission ?? null;
  if (permission === 'agents:work') return () => request.isRevoked();
  return permission === null ? null : async () => !(await request.isStillWelcome());
}

/** Whoever called has gone, or was cut: there is nobody to tell. */
function brokeOff(log: Logger, { id, raw }: FastifyRequest, thrown: unknown): void {
  log.debug({ requestId: id, reason: ConnectError.from(thrown).message }, 'a call broke off');
  cutCall(raw);
}

function shutdownOf(closing: AbortSignal): AbortSignal {
  const shutdown = new AbortController();
  closing.addEventListener('abort', () =>
    shutdown.abort(
      new ConnectError('The control plane is closing. Connect again in a moment.', Code.Unavailable),
    ),
  );
  return shutdown.signal;
}

/** Whatever an implementation throws leaves as an error of the protocol; what nobody foresaw is logged, and not told. */
function tellFailures(log: Logger): Interceptor {
  const told = (thrown: unknown, requestId: string): ConnectError => {
    const error = callError(thrown);
    if (error.code === Code.Internal && error !== thrown)
      log.error({ err: thrown, requestId }, 'call failed');
    return error;
  };
  async function* watched<Message>(messages: AsyncIterable<Message>, id: string): AsyncIterable<Message> {
    try {
      yield* messages;
    } catch (thrown) {
      throw told(thrown, id);
    }
  }
  return (next) => async (request) => {
    const id = request.contextValues.get(REQUEST_ID);
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: watched(response.message, id) } : response;
    } catch (thrown) {
      throw told(thrown, id);
    }
  };
}
