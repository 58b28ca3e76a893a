/**
 * The service that is released again and again: three kinds of work, all of them alike in every version.
 * Usage: node service-process.ts hello|page|cpu; it listens on $PORT
 */
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';

/** A page takes this long in the median, in milliseconds, with a tail. */
const PAGE_MS = 20;
const PAGE_SIGMA = 0.35;
/** About two milliseconds of hashing. */
const HASH_ROUNDS = 600;

const WORK: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  hello: (response) => response.end('hello'),
  page: (response) => setTimeout(() => response.end('page'), PAGE_MS * Math.exp(PAGE_SIGMA * normal())),
  cpu: (response) => response.end(hashes()),
};

function hashes(): string {
  let text = 'sluice';
  for (let round = 0; round < HASH_ROUNDS; round++) text = createHash('sha256').update(text).digest('hex');
  return text;
}

/** Box and Muller, 1958. */
const normal = (): number =>
  Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

const work = WORK[process.argv[2] ?? 'hello'];
const server = createServer((request, response) =>
  request.url === '/healthz' ? response.end('ok') : work?.(response),
);
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
