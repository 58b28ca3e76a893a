/**
 * Purpose: serves the dashboard beside the API.
 *
 * 1. The page is never kept by a browser, and names files that may be kept for ever. 2. It runs no script and no style but
 * its own, asks nobody but this API, and stands in nobody's frame. 3. An address of the dashboard that is opened directly
 * gets the page; an address below `/api`, `/health` and the like never does.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OPEN_TO_ALL } from '../access/needs.ts';
import type { Api } from '../api-instance.ts';
import { problem, sendProblem } from '../exchange/problems.ts';
import type { DashboardFile } from './dashboard-files.ts';
import type { Dashboard } from './open-dashboard.ts';

/** What the page may do. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE_HEADERS = {
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Files whose names hold a hash of what is in them. */
const HASHED = /^\/assets\//;
const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_A_WHILE = 'public, max-age=3600';

/** Addresses that are not pages, whatever a browser says it would like. */
const NO_PAGES =
  /^\/(api|health|auth|hooks|assets|sluice\.|grpc\.)|^\/[^/]*\.[^/]*(\/|$)|^\/(startup|metrics)$/;

/** Registers the page and its files. */
export function serveDashboard(app: Api, dashboard: Dashboard): void {
  const options = { ...OPEN_TO_ALL, schema: { hide: true } };
  app.get('/', options, (request, reply) => sendPage(dashboard, request, reply));
  for (const path of ['/assets/:file', '/sluice.svg'])
    app.get(path, options, (request, reply) => sendFile(dashboard, request, reply));
}

/** Whether a request that no operation takes is for a page of the dashboard. */
export function isForPage({ method, url, headers }: FastifyRequest): boolean {
  const path = url.split('?', 1)[0] ?? '';
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && (headers.accept ?? '').includes('text/html') && !NO_PAGES.test(path);
}

/** Answers with the page, which finds out by itself what its address means. */
export async function sendPage(
  dashboard: Dashboard,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const files = await dashboard.files();
  if (files === null) return sendProblem(request, reply, notBuilt());
  return sendBytes(request, reply.headers(PAGE_HEADERS), files.page);
}

async function sendFile(
  dashboard: Dashboard,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const path = request.url.split('?', 1)[0] ?? '';
  const file = (await dashboard.files())?.others.get(path);
  if (file === undefined) return sendProblem(request, reply, noSuchFile(path));
  const isHashed = HASHED.test(path);
  void reply.headers({ 'cache-control': isHashed ? FOR_EVER : FOR_A_WHILE, etag: file.tag });
  if (request.headers['if-none-match'] === file.tag) return reply.code(304).send();
  return sendBytes(request, reply, file);
}

function sendBytes({ headers }: FastifyRequest, reply: FastifyReply, file: DashboardFile): FastifyReply {
  void reply.header('vary', 'accept-encoding').type(file.type);
  const isGzip = file.gzipped !== null && /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
  if (isGzip) void reply.header('content-encoding', 'gzip');
  return reply.code(200).send(isGzip ? file.gzipped : file.bytes);
}

const notBuilt = () =>
  problem({
    status: 503,
    code: 'dashboard-not-built',
    detail: 'The dashboard is not built, and could not be built now; the log of the control plane says why.',
    remedy: 'Run `npm run build:web` in the repository. Everything else works without it.',
  });

const noSuchFile = (path: string) =>
  problem({
    status: 404,
    code: 'no-such-file',
    detail: `The dashboard has no file ${path}.`,
    remedy: 'Load the page again: it may be of an older build.',
  });
