import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listenOnLoopback } from '../listen-on-loopback.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
let port = 0;

beforeAll(async () => {
  api = testApi({ limits: { requestTimeoutMs: 300 } });
  ({ port } = await listenOnLoopback(api.app, { port: 0 }));
});
afterAll(() => api.app.close());

/** Sends bytes as they are, and gives everything that comes back until the server closes. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test.each([
  ['no HTTP at all', 'hello\r\n\r\n', 400],
  ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01', 400],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
    400,
  ],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['a space before the colon', 'GET / HTTP/1.1\r\nHost : localhost\r\n\r\n', 400],
  ['headers of 20 KiB', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
])('%s is answered with a problem and closed', async (_name, bytes, status) => {
  const answer = await exchange(bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toContain('application/problem+json');
});

test('a request that trickles in is given up with 408', async () => {
  const answer = await exchange(
    'POST /api/v1/plans HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a',
  );
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(answer).toContain('request-timed-out');
});

test('a request without a Host is refused', async () => {
  const answer = await exchange('GET /health/live HTTP/1.0\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1.1 421 /);
});

test('the API still answers after all that', async () => {
  const response = await fetch(`http://127.0.0.1:${port}/health/live`);
  expect(response.status).toBe(200);
});
