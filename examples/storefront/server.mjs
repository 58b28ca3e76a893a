// A small shop: four pages, each with a latency of its own. What a release does differently stands in release.json.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const release = JSON.parse(readFileSync(new URL('release.json', import.meta.url), 'utf8'));

/** Milliseconds that a page usually takes. */
const pages = { '/': 30, '/products': 40, '/cart': 35, '/checkout': 50 };

/** A latency with a long tail, as real ones have. */
function latencyOf(path) {
  const usual = pages[path] + (release.slowerMs[path] ?? 0);
  return usual * Math.exp(0.35 * gaussian());
}

/** Box-Muller. */
const gaussian = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://shop').pathname;
  if (path === '/healthz') return response.end('ok');
  if (!(path in pages)) return response.writeHead(404).end('no such page');
  setTimeout(() => {
    const failed = Math.random() < release.failureRate;
    response.writeHead(failed ? 500 : 200, { 'content-type': 'text/plain' });
    response.end(failed ? 'something broke' : `${path} of the shop, release ${process.env.SLUICE_VERSION}`);
  }, latencyOf(path));
});

server.listen(Number(process.env.PORT), '127.0.0.1', () => process.stdout.write(`the shop listens on ${process.env.PORT}\n`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
