import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Cleanup,
  endpoint,
  exchangeRaw,
  GatewayRig,
  RawClient,
  startInstance,
  tableOf,
} from './router-rig.ts';

const cleanup = new Cleanup();
let rig: GatewayRig;
let seen: string[];
let heldRequest: Promise<IncomingMessage>;

beforeEach(async () => {
  seen = [];
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
  heldRequest = promise;
  const instance = await startInstance(cleanup, (request: IncomingMessage, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      if (request.url === '/held') {
        resolve(request);
        return;
      }
      seen.push(`${request.method} ${request.url} ${bytes}`);
      response.end('served');
    });
  });
  rig = await GatewayRig.start(cleanup, { lingerMs: 100 });
  rig.apply(tableOf(), [endpoint('v1', instance)]);
});
afterEach(() => cleanup.run());

/** Sent as one write; the second request is what a smuggler hopes the instance will see. */
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

const refused: [string, string, number][] = [
  [
    'a length and a transfer coding',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  [
    'a transfer coding and a length',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n',
    400,
  ],
  [
    'two different lengths',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde',
    400,
  ],
  [
    'the same length twice',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd',
    400,
  ],
  ['lengths in a list', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\nabcd', 400],
  ['a length with a sign', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd', 400],
  ['a negative length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n', 400],
  ['a length in hexadecimal', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\nabcd', 400],
  [
    'an endless length',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\nabcd',
    400,
  ],
  ['an empty length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n', 400],
  [
    'an unknown transfer coding',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    501,
  ],
  [
    'a second transfer coding',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    501,
  ],
  [
    'chunked that is not the last coding',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    400,
  ],
  [
    'chunked twice',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  [
    'a space before the colon',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX-Long: one\r\n two\r\n\r\n', 400],
  ['a header without a name', 'GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n', 400],
  ['a header without a colon', 'GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n', 400],
  ['a line feed alone after a header', 'GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n', 400],
  ['a line feed alone after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 400],
  ['a carriage return alone inside a header', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rX-C: d\r\n\r\n', 400],
  ['a zero byte in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n', 400],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ['a host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
  ['a host with a user', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 400],
  ['an unknown version', 'GET / HTTP/3.7\r\nHost: a\r\n\r\n', 400],
  ['a request line with a tail', 'GET / HTTP/1.1 x\r\nHost: a\r\n\r\n', 400],
  ['a target that is no path', 'GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a target with a user', 'GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a target of another scheme', 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['an unknown method', 'GOT / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['HTTP/2 without agreement', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
];

describe('a request that two parsers could read differently is refused and nothing reaches the instance:', () => {
  it.each(refused)('%s', async (_name, text, status) => {
    const answer = await exchangeRaw(cleanup, rig.port, text + SMUGGLED);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('x-sluice-reason: ');
    expect(answer).toContain('application/problem+json');
    expect(answer.match(/^HTTP\/1.1 /gm)).toHaveLength(1);
    expect(seen).toEqual([]);
  });
});

describe('a malformed body', () => {
  const chunkedPost = 'POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  it.each([
    ['a chunk size that is no number', 'zz\r\n'],
    ['a chunk size with a sign', '+3\r\nabc\r\n0\r\n\r\n'],
    ['a chunk size that overflows', 'fffffffffffffffff\r\nabc\r\n'],
    ['a chunk without its end', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a line feed alone after a chunk size', '3\nabc\r\n0\r\n\r\n'],
    ['a line feed alone after a chunk', '3\r\nabc\n0\r\n\r\n'],
    ['a space before the chunk size', ' 3\r\nabc\r\n0\r\n\r\n'],
  ])('%s is refused, and its request is not served', async (_name, body) => {
    const answer = await exchangeRaw(cleanup, rig.port, chunkedPost + body + SMUGGLED);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(seen).toEqual([]);
  });

  it('that comes after the head was passed on breaks off the request at the instance', async () => {
    const client = await RawClient.connect(cleanup, rig.port);
    client.send(`${chunkedPost}3\r\nabc\r\n`);
    client.send('zz\r\n');
    expect(await client.ended()).toMatch(/^HTTP\/1.1 400 /);
    expect(seen).toEqual([]);
  });

  it('does not answer in place of a request that is still running', async () => {
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('GET /one HTTP/1.1\r\nHost: a\r\n\r\n\0\0\0\r\n\r\n');
    expect(await client.ended()).not.toContain('malformed-request');
  });
});

describe('a client that stops in the middle', () => {
  it.each([
    ['of the request line', 'GET /hal'],
    ['of a header', 'GET / HTTP/1.1\r\nHost: a\r\nX-Ha'],
    ['of a chunk', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc'],
    ['of a body with a length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc'],
  ])('%s is let go, and nothing is left running', async (_name, text) => {
    const client = await RawClient.connect(cleanup, rig.port);
    client.socket.end(text);
    await client.ended();
    expect(seen).toEqual([]);
    expect(await served()).toBe('served');
  });

  it('after its whole request has left: the instance is told, as of any client that closes', async () => {
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('GET /held HTTP/1.1\r\nHost: a\r\n\r\n');
    const held = await heldRequest;
    const left = once(held.socket, 'close');
    client.socket.end();
    await left;
    expect(await client.ended()).toBe('');
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 0, statuses: [0, 0, 0, 1, 0, 0] });
  });
});

it('any bytes at all are answered or let go, and the next request is served', async () => {
  const fragment = fc.oneof(
    fc.constantFrom(
      'GET / HTTP/1.1\r\n',
      'POST / HTTP/1.1\r\n',
      'Host: a\r\n',
      '\r\n',
      '\n',
      ':',
      '\0',
      'GET ',
    ),
    fc.constantFrom('Transfer-Encoding: chunked\r\n', 'Content-Length: 3\r\n', '3\r\nabc\r\n', '0\r\n\r\n'),
    fc.constantFrom(
      'Connection: close\r\n',
      'Upgrade: websocket\r\nConnection: Upgrade\r\n',
      'Expect: 100-continue\r\n',
    ),
    fc.constantFrom('Connection: host, x-forwarded-for\r\n', 'Cookie: a=b; =; ;;c\r\n', 'Via: 1.0 x\r\n'),
    fc.string({ unit: 'binary-ascii', maxLength: 20 }),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fragment, { maxLength: 12 }), async (fragments) => {
      const client = await RawClient.connect(cleanup, rig.port);
      client.socket.end(Buffer.from(fragments.join(''), 'latin1'));
      const answer = await client.ended();
      expect(answer === '' || answer.startsWith('HTTP/1.1 ')).toBe(true);
      expect(await served()).toBe('served');
    }),
    { numRuns: 300 },
  );
});

async function served(): Promise<string> {
  return (await fetch(`${rig.origin}/after`)).text();
}
