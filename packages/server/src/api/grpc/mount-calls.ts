import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
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
import { CALL_NEEDS, CALLER_MAY_NOT, scopeCalls } from '../access/scope-calls.ts';
import { needOfCall } from '../access/needs-of-calls.ts';
import { callError } from './call-error.ts';
import { CUT_CALL, cutCall, endWithAnswer } from './call-stream.ts';

/** What calls are served with. */
export interface CallContext {
  /** Aborted when the API closes, so that endless calls end. */
  readonly closing: AbortSignal;
  readonly limits: ApiLimits;
  readonly log: Logger;
  /** What looks at calls before they are served; nothing more without. */
  readonly interceptors?: readonly Interceptor[];
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
    interceptors: [tellFailures(context.log), scopeCalls, ...(context.interceptors ?? [])],
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
        config: { needs: needOfCall(handler.requestPath), isCall: true },
        handler: async (request, reply) => {
          reply.hijack();
          await serve(handler, request, reply).catch((thrown: unknown) =>
            brokeOff(context.log, request, thrown),
          );
        },
      });
  });
}

async function serve(
  handler: ConnectRouter['handlers'][number],
  { raw, mayNot, routeOptions }: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const values = createContextValues().set(CUT_CALL, () => cutCall(raw));
  values.set(CALL_NEEDS, routeOptions.config.needs?.permission ?? null).set(CALLER_MAY_NOT, mayNot);
  const answer = await handler(universalRequestFromNodeRequest(raw, reply.raw, undefined, values));
  endWithAnswer(raw);
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  await universalResponseToNodeResponse(answer, reply.raw);
}

/** Whoever called has gone, or was cut: there is nobody to tell. */
function brokeOff(log: Logger, { raw }: FastifyRequest, thrown: unknown): void {
  log.debug({ reason: ConnectError.from(thrown).message }, 'a call broke off');
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
  const told = (thrown: unknown): ConnectError => {
    const error = callError(thrown);
    if (error.code === Code.Internal && error !== thrown) log.error({ err: thrown }, 'call failed');
    return error;
  };
  async function* watched<Message>(messages: AsyncIterable<Message>): AsyncIterable<Message> {
    try {
      yield* messages;
    } catch (thrown) {
      throw told(thrown);
    }
  }
  return (next) => async (request) => {
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: watched(response.message) } : response;
    } catch (thrown) {
      throw told(thrown);
    }
  };
}
