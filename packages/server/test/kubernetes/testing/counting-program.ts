/**
 * The program of pods in tests: answers HTTP on `POD_IP` and `PORT`, and counts what it does at `/metrics`. `ERROR_RATE`
 * (0 to 1) of its requests are answered with 500, evenly; each takes about `LATENCY_MS`. `LOST_ORDERS` is shown as a gauge.
 * It ends on SIGTERM after the requests in flight, and when its standard input does: whoever started it is gone then.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const { POD_IP, PORT, ERROR_RATE = '0', LATENCY_MS = '10', LOST_ORDERS = '0' } = process.env;
const EDGES_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
/** Latencies are spread evenly from half to one and a half times the mean. */
const STEPS = 11;

const statuses = new Map([
  [200, 0],
  [500, 0],
]);
const buckets = EDGES_S.map(() => 0);
let requests = 0;
let sumS = 0;

const server = createServer((request, response) => {
  if (request.url === '/healthz') response.end('ready\n');
  else if (request.url === '/metrics')
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(metrics());
  else serve(request, response);
});

function serve(request: IncomingMessage, response: ServerResponse): void {
  requests += 1;
  const rate = Number(ERROR_RATE);
  const status = Math.floor(requests * rate) > Math.floor((requests - 1) * rate) ? 500 : 200;
  const takesMs = Number(LATENCY_MS) * (0.5 + (requests % STEPS) / (STEPS - 1));
  const begunAt = performance.now();
  request.resume();
  setTimeout(() => {
    count(status, (performance.now() - begunAt) / 1000);
    response.writeHead(status).end(`${status}\n`);
  }, takesMs);
}

function count(status: number, tookS: number): void {
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
  for (const [at, edge] of EDGES_S.entries()) if (tookS <= edge) buckets[at] = (buckets[at] ?? 0) + 1;
  sumS += tookS;
}

function metrics(): string {
  const counted = [...statuses.values()].reduce((all, one) => all + one, 0);
  return [
    '# TYPE http_requests_total counter',
    ...[...statuses].map(([status, count]) => `http_requests_total{code="${status}"} ${count}`),
    '# TYPE http_request_duration_seconds histogram',
    ...EDGES_S.map((edge, at) => `http_request_duration_seconds_bucket{le="${edge}"} ${buckets[at] ?? 0}`),
    `http_request_duration_seconds_bucket{le="+Inf"} ${counted}`,
    `http_request_duration_seconds_sum ${sumS}`,
    `http_request_duration_seconds_count ${counted}`,
    '# TYPE lost_orders gauge',
    `lost_orders ${LOST_ORDERS}`,
    '',
  ].join('\n');
}

server.listen(Number(PORT), POD_IP);
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
process.stdin.on('end', () => process.exit(0)).resume();
