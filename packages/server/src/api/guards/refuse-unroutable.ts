import type { FastifyInstance } from 'fastify';
import { problem, sendProblem } from '../exchange/problems.ts';
import type { Dashboard } from '../dashboard/open-dashboard.ts';
import { isForPage, sendPage } from '../dashboard/serve-dashboard.ts';
import type { RouteTable } from './route-table.ts';

/** Answers what no operation takes: a page of the dashboard, 405 with `Allow` where only the method is wrong, else 404. */
export function refuseUnroutable(app: FastifyInstance, routes: RouteTable, dashboard?: Dashboard): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = routes.methodsOf(path);
    if (methods.length === 0 && dashboard && isForPage(request)) return sendPage(dashboard, request, reply);
    if (methods.length === 0) return sendProblem(request, reply, noSuchPath(path));
    void reply.header('allow', methods.join(', '));
    return sendProblem(request, reply, wrongMethod(request.method, path, methods));
  });
}

const noSuchPath = (path: string) =>
  problem({
    status: 404,
    code: 'no-such-path',
    detail: `No operation has the path ${path}.`,
    remedy: 'GET /openapi.json lists all operations.',
  });

const wrongMethod = (method: string, path: string, methods: readonly string[]) =>
  problem({
    status: 405,
    code: 'method-not-allowed',
    detail: `${path} does not take ${method}.`,
    remedy: `Use ${methods.join(' or ')}.`,
  });
