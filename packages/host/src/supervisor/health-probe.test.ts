import { createServer as createHttp } from 'node:http';
import { createServer as createH2c } from 'node:http2';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { probeHealth } from './health-probe.ts';

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
const probe = (port: number, path: string | null = '/health', timeoutMs = 5000) =>
  probeHealth({ port, path, timeoutMs }, new AbortController().signal);

test.each([
  [200, null],
  [204, null],
  [302, 'GET /health answers 302'],
  [404, 'GET /health answers 404'],
  [503, 'GET /health answers 503'],
])('an instance that answers %d: %s', async (status, fault) => {
  const port = await portOf(createHttp((_request, response) => response.writeHead(status).end()));
  expect(await probe(port)).toBe(fault);
});

test('an instance that speaks only HTTP/2 is asked in HTTP/2', async () => {
  const server = createH2c();
  server.on('stream', (stream, headers) => {
    stream.respond({ ':status': headers[':path'] === '/health' ? 200 : 500 });
    stream.end();
  });
  const port = await portOf(server);
  expect(await probe(port)).toBeNull();
  expect(await probe(port, '/other')).toBe('GET /other answers 500');
});

test('silence, refusal, hanging up and nonsense are told apart', async () => {
  const silent = await portOf(createTcp(() => undefined));
  expect(await probe(silent, '/health', 50)).toBe('no answer within 50ms');
  const rude = await portOf(createTcp((socket) => socket.destroy()));
  expect(await probe(rude)).toBe(`port ${rude}: the connection was closed without an answer`);
  const server = createTcp();
  const left = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await probe(left)).toBe(`port ${left}: nothing listens`);
});

test('an endless answer counts by its status', async () => {
  const port = await portOf(
    createHttp((request, response) => {
      const more = setInterval(() => response.write('x'.repeat(1000)), 1);
      request.socket.on('close', () => clearInterval(more));
    }),
  );
  expect(await probe(port)).toBeNull();
});

test('without a path a connection is enough', async () => {
  const port = await portOf(createTcp((socket) => socket.on('error', () => undefined)));
  expect(await probe(port, null)).toBeNull();
});
