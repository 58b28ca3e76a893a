/**
 * The API: a thin skin over the control plane. It parses, asks and translates; it decides nothing. HTTP and gRPC share a
 * port.
 *
 * 1. Every answer above 399 is a problem by RFC 9457, whoever refused: operation, schema, framework or HTTP parser.
 * 2. Nothing is answered to other hosts, and nothing is changed for other sites (`guards/refuse-strangers.ts`).
 * 3. Every request has an id, is bounded in size and time, and is logged once, with a constant message.
 */
import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import swagger from '@fastify/swagger';
import { LogController, type RawServerDefault, fastify } from 'fastify';
import { z } from 'zod';
import type { Api, OperationContext } from './api-instance.ts';
import { DEFAULT_LIMITS, type ApiLimits } from './api-limits.ts';
import type { ApiParts } from './api-parts.ts';
import { serveDashboard } from './dashboard/serve-dashboard.ts';
import { createIdempotency } from './exchange/idempotency.ts';
import { problemOf } from './exchange/problem-of.ts';
import { sendProblem } from './exchange/problems.ts';
import { encodeReply } from './exchange/reply-encoding.ts';
import { mountCalls } from './grpc/mount-calls.ts';
import { guardAccess } from './access/guard-access.ts';
import { actFor } from '../ledger/acting.ts';
import { guardRequests } from './guards/guard-requests.ts';
import { limitRequests } from './guards/limit-requests.ts';
import { refuseMalformed } from './guards/refuse-malformed.ts';
import { refuseUnroutable } from './guards/refuse-unroutable.ts';
import { watchRoutes } from './guards/route-table.ts';
import { carrySafeHeaders } from './guards/safe-headers.ts';
import { OPERATIONS } from './http/operations.ts';
import { openApiOptions } from './open-api-options.ts';
import { recordRequests } from './record-requests.ts';
import { SharedPort } from './shared-port.ts';

/** Ids that clients give to their requests, if they do. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,100}$/;

/** How often Node looks for requests that arrive too slowly, in milliseconds. */
const SLOW_LOOK_EVERY_MS = 5000;

/** Builds the API. It does not listen yet: `listenOnLoopback`, or `inject` in tests. */
export function buildApi(parts: ApiParts): Api {
  const limits = { ...DEFAULT_LIMITS, ...parts.limits };
  const app = bareInstance(parts, limits);
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  recordRequests(app, parts);
  guardRequests(app, closing.signal, parts.publicUrl ?? null);
  const gate = limitRequests(app, parts.limiter, parts.metrics);
  guardAccess(app, parts.access, gate, parts.publicUrl ?? null);
  nameRequests(app);
  const routes = watchRoutes(app);
  app.setErrorHandler((thrown, request, reply) => {
    const refused = problemOf(thrown);
    if (refused.status === 500) request.log.error({ err: thrown, requestId: request.id }, 'request failed');
    if (refused.status === 503) void reply.header('retry-after', '2');
    return sendProblem(request, reply, refused);
  });
  refuseUnroutable(app, routes, parts.dashboard);
  const idempotency = createIdempotency(parts.idempotency, (thrown) =>
    parts.log.warn({ err: thrown }, 'idempotency key could not be noted'),
  );
  if (parts.dashboard) serveDashboard(app, parts.dashboard);
  registerOperations(app, { ...parts, limits, idempotency, closing: closing.signal });
  if (parts.calls) mountCalls(app, parts.calls, { closing: closing.signal, limits, log: parts.log });
  return app;
}

/** Whatever a request records in the ledger names the request and its caller. */
function nameRequests(app: Api): void {
  app.addHook('preHandler', (request, _reply, done) => {
    actFor({ requestId: request.id, subject: request.caller?.subject ?? null }, done);
  });
}

/** A server that bounds and logs as all of ours do, and serves nothing yet. */
export function bareInstance(
  { log, front, publicUrl = null }: Pick<ApiParts, 'log' | 'front' | 'publicUrl'>,
  limits: ApiLimits,
): Api {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    handlerTimeout: limits.answerTimeoutMs,
    serverFactory: (handler) =>
      new SharedPort(front?.(handler as RequestListener) ?? handler, {
        ...limits,
        lookEveryMs: Math.min(limits.requestTimeoutMs, SLOW_LOOK_EVERY_MS),
      }) as unknown as RawServerDefault,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    frameworkErrors: (error, request, reply) => {
      carrySafeHeaders(reply.raw, request.raw, publicUrl);
      void sendProblem(request, reply, problemOf(error));
    },
    clientErrorHandler: refuseMalformed,
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (input) => {
    const result = schema.safeParse(input);
    return result.success ? { value: result.data } : { error: result.error };
  });
  app.setSerializerCompiler(encodeReply);
  return app.withTypeProvider() as unknown as Api;
}

function registerOperations(app: Api, context: OperationContext): void {
  void app.register(swagger, openApiOptions());
  void app.register(async (scope) => {
    for (const operation of OPERATIONS) operation(scope as unknown as Api, context);
  });
}
