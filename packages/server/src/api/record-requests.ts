import type { FastifyInstance } from 'fastify';
import type { ApiParts } from './api-parts.ts';

/** Methods that are counted by name; others are `other`, so that strangers cannot make up series. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Last as long as whoever follows likes, and would spoil the histogram. */
const ENDLESS_ROUTES: ReadonlySet<string> = new Set([
  '/api/v1/events',
  '/sluice.agents.v1.WorkerService/Work',
  '/sluice.agents.v1.AgentService/ExecuteAgent',
  '/grpc.health.v1.Health/Watch',
]);

/** Measures and logs each request once, when its answer has left: changes as `info`, reads as `debug`. */
export function recordRequests(app: FastifyInstance, { metrics, log, traces }: ApiParts): void {
  // Not before: what reads a body forgets whom it reads it for.
  if (traces)
    app.addHook('preHandler', ({ headers }, _reply, next) => traces.follow(headers['traceparent'], next));
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const method = METHODS.has(request.method) ? request.method : 'other';
    const status = String(reply.statusCode);
    if (!ENDLESS_ROUTES.has(route)) {
      metrics.httpRequests.observe({ method, route, status }, reply.elapsedTime / 1000);
    }
    traces?.record({
      ...{ method, route, status: reply.statusCode, durationMs: reply.elapsedTime, requestId: request.id },
      ...{ tenant: request.caller?.tenant ?? null, traceParent: request.headers['traceparent'] },
    });
    const level = reply.statusCode >= 500 ? 'warn' : method === 'GET' || method === 'HEAD' ? 'debug' : 'info';
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    log[level](
      { requestId: request.id, method: request.method, route, status: reply.statusCode, durationMs },
      'request answered',
    );
  });
}
