// Sends requests to the shop at a steady rate over keep-alive connections and reports each second, one JSON object a
// line: what it sent since the start, and per revision (from the router's x-sluice-revision) requests and failures.
// node load.mjs http://127.0.0.1:8080 [requests-per-second]
import { Agent, request } from 'node:http';

const [base = 'http://127.0.0.1:8080', rate = '200'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 128 });
/** Connections that were open beside a broken one may be broken too. */
const fresh = new Agent({ keepAlive: false });
const pages = ['/', '/products', '/cart', '/checkout'];
const totals = { requests: 0, failed: 0, unanswered: 0, retried: 0, retrying: 0, revisions: {} };
let running = true;

function visit(path = pages[Math.floor(Math.random() * pages.length)], isRetry = false) {
  let answered = false;
  const call = request(new URL(path, base), { agent: isRetry ? fresh : agent }, (response) => {
    answered = true;
    response.resume();
    response.on('end', () => done(isRetry, response.headers['x-sluice-revision'] ?? 'none', response.statusCode >= 500));
  });
  call.on('error', (error) => {
    // A broken connection without any answer: reading a page again is harmless, and every browser does it (RFC 9110, 9.2.2).
    if (!isRetry && !answered && ['ECONNRESET', 'EPIPE'].includes(error.code)) {
      totals.retried += 1;
      totals.retrying += 1;
      return visit(path, true);
    }
    complainOnce(error.message);
    totals.unanswered += 1;
    done(isRetry, 'none', true);
  });
  call.setTimeout(10_000, () => call.destroy(new Error('no answer within 10 s')));
  call.end();
}

const complaints = new Set();
function complainOnce(message) {
  if (!complaints.has(message)) process.stderr.write(`load: ${message}\n`);
  complaints.add(message);
}

function done(isRetry, revision, failed) {
  if (isRetry) totals.retrying -= 1;
  totals.requests += 1;
  totals.failed += failed ? 1 : 0;
  const arm = (totals.revisions[revision] ??= { requests: 0, failed: 0 });
  arm.requests += 1;
  arm.failed += failed ? 1 : 0;
}

const report = () => process.stdout.write(`${JSON.stringify(totals)}\n`);

/** Visits are spread by the clock, so that a slow moment is made up for and the rate holds. */
const begun = performance.now();
let sent = 0;
const sending = setInterval(() => {
  const due = Math.floor(((performance.now() - begun) / 1000) * Number(rate));
  for (; running && sent < due; sent++) visit();
}, 5);
const reporting = setInterval(report, 1000);

process.on('SIGTERM', () => {
  running = false;
  clearInterval(sending);
  clearInterval(reporting);
  agent.destroy();
  report();
  process.exit(0);
});
