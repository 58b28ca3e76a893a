import { once } from 'node:events';
import {
  type IncomingMessage,
  type RequestListener,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Cleanup,
  deadPort,
  endpoint,
  exchangeRaw,
  GatewayRig,
  listen,
  RawClient,
  startInstance,
  tableOf,
} from './router-rig.ts';

const cleanup = new Cleanup();
let rig: GatewayRig;

beforeEach(async () => {
  rig = await GatewayRig.start(cleanup, { lingerMs: 100 });
});
afterEach(() => cleanup.run());

const serve = async (listener: RequestListener, route = {}): Promise<void> =>
  rig.apply(tableOf({ route }), [endpoint('v1', await startInstance(cleanup, listener))]);

/** Speaks raw bytes as an instance: answers whatever it is sent with `text`, and closes when told. */
async function serveRaw(text: string, close = false, route = {}): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => (close ? socket.end(text) : socket.write(text)));
  });
  const port = await listen(cleanup, server);
  rig.apply(tableOf({ route }), [endpoint('v1', port)]);
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe('an answer', () => {
  it('keeps its status, phrase, repeated headers and length', async () => {
    await serve((_request, response) => {
      response.writeHead(299, 'Quite Fine', [
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
        'X-A',
        'b',
        'Content-Length',
        '2',
      ]);
      response.end('ok');
    });
    const answer = await exchangeRaw(cleanup, rig.port, GET);
    expect(answer).toMatch(
      /^HTTP\/1.1 299 Quite Fine\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-A: b\r\nContent-Length: 2\r\n/,
    );
    expect(answer).toMatch(/\r\n\r\nok$/);
  });

  it('loses what speaks of one connection, and what its Connection header names', async () => {
    await serveRaw(
      'HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=9\r\nX-Hop: 1\r\nProxy-Authenticate: x\r\nX-End: 1\r\nContent-Length: 0\r\n\r\n',
    );
    const answer = await exchangeRaw(cleanup, rig.port, GET);
    expect(answer).toMatch(/x-end: 1/i);
    expect(answer).not.toMatch(/x-hop|timeout=9|proxy-authenticate/i);
  });

  it.each([
    [
      'HEAD with a length',
      'HEAD',
      'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n',
      /content-length: 1000\r\n/i,
    ],
    ['HEAD without a length', 'HEAD', 'HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n', /x-a: b/i],
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n', /^HTTP\/1.1 204 /],
    [
      '304 with a length',
      'GET',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n',
      /content-length: 7\r\n/i,
    ],
  ])('to %s has no body, and the connection serves on', async (_name, method, text, expected) => {
    await serveRaw(text);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(await client.until(/\r\n\r\n/)).toMatch(expected);
    client.text = '';
    client.send('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 204 /);
  });

  it("without length or chunks ends with the instance's connection", async () => {
    await serveRaw('HTTP/1.1 200 OK\r\n\r\nuntil the end', true);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.until(/\r\n0\r\n\r\n$/)).toContain('until the end');
  });

  it('in chunks reaches an HTTP/1.0 client whole', async () => {
    await serve((_request, response) => {
      response.write('one ');
      response.end('two');
    });
    const answer = await exchangeRaw(cleanup, rig.port, 'GET / HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/\r\n\r\none two$/);
    expect(answer).not.toMatch(/transfer-encoding/i);
  });

  it('brings its trailers', async () => {
    await serve((_request, response) => {
      response.writeHead(200, { Trailer: 'X-Sum' });
      response.write('body');
      response.addTrailers({ 'X-Sum': '42' });
      response.end();
    });
    const answer = await exchangeRaw(cleanup, rig.port, GET);
    expect(answer).toMatch(/trailer: x-sum/i);
    expect(answer).toMatch(/0\r\nx-sum: 42\r\n\r\n$/i);
  });

  it('is preceded by its early hints', async () => {
    await serve((_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' }, () => response.end('late'));
    });
    const answer = await exchangeRaw(cleanup, rig.port, GET);
    expect(answer).toMatch(/^HTTP\/1.1 103 Early Hints\r\nlink: <\/a.css>[^]*HTTP\/1.1 200 OK/i);
  });

  it('that streams starts before it ends, head first', async () => {
    let open: ServerResponse | undefined;
    await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      open = response;
    });
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until(/text\/event-stream[^]*\r\n\r\n/);
    open?.write('data: 1\n\n');
    await client.until(/data: 1/);
    open?.end('data: 2\n\n');
    await client.until(/data: 2[^]*0\r\n\r\n$/);
  });

  it('that breaks off is broken off for the client, and counts as no answer', async () => {
    await serveRaw('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this', true);
    const answer = await exchangeRaw(cleanup, rig.port, GET);
    expect(answer).toMatch(/only this$/);
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 1, statuses: [0, 0, 0, 0, 0, 1] });
  });

  it('that breaks off inside its chunks does not look whole', async () => {
    await serveRaw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', true);
    const answer = await exchangeRaw(cleanup, rig.port, GET);
    expect(answer).toContain('half');
    expect(answer).not.toMatch(/\r\n0\r\n\r\n$/);
  });
});

describe('an instance that fails', () => {
  const reasonOf = (answer: string): string => /x-sluice-reason: (\S+)/.exec(answer)?.[1] ?? '';

  it.each([
    [
      'refuses connections',
      async () => rig.apply(tableOf(), [endpoint('v1', await deadPort())]),
      502,
      'instance-unreachable',
    ],
    ['closes without an answer', () => serveRaw('', true), 502, 'answer-broken'],
    ['does not speak HTTP', () => serveRaw('SSH-2.0-OpenSSH\r\n'), 502, 'answer-broken'],
    [
      'sends two different lengths',
      () => serveRaw('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
      502,
      'answer-broken',
    ],
    [
      'sends an endless head',
      () => serveRaw(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`),
      502,
      'answer-broken',
    ],
    ['does not answer in time', () => serve(() => undefined, { timeoutMs: 50 }), 504, 'answer-timeout'],
  ])('because it %s is answered in its place and counted', async (_name, start, status, reason) => {
    await start();
    const answer = await exchangeRaw(cleanup, rig.port, GET);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(reasonOf(answer)).toBe(reason);
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 1, statuses: [0, 0, 0, 0, 0, 1] });
  });

  it('with a 500 is passed on, and the 500 counted', async () => {
    await serve((_request, response) => void response.writeHead(500).end('mine'));
    expect(await exchangeRaw(cleanup, rig.port, GET)).toMatch(/^HTTP\/1.1 500 [^]*mine/);
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 1, statuses: [0, 0, 0, 0, 1, 0] });
  });

  it('that stalls in the middle of its answer is cut off in time', async () => {
    await serve((_request, response) => void response.write('half'), { timeoutMs: 50 });
    expect(await exchangeRaw(cleanup, rig.port, GET)).toContain('half');
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 1 });
  });
});

describe("a request's body", () => {
  /** Answers with the method, the framing headers and the bytes it got. */
  const measure: RequestListener = (request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      const { 'content-length': length = '-', 'transfer-encoding': coding = '-' } = request.headers;
      response.end(`${request.method} ${length} ${coding} ${bytes}`);
    });
  };

  it.each([
    ['POST', 'Content-Length: 5\r\n\r\nhello', 'POST 5 - 5'],
    ['POST', 'Content-Length: 0\r\n\r\n', 'POST 0 - 0'],
    [
      'POST',
      'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;ext=1\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n',
      'POST - chunked 8',
    ],
    ['DELETE', 'Content-Length: 5\r\n\r\nhello', 'DELETE 5 - 5'],
    ['GET', 'Content-Length: 5\r\n\r\nhello', 'GET 5 - 5'],
    ['GET', 'Content-Length: 0\r\n\r\n', 'GET - - 0'],
    ['PROPFIND', 'Content-Length: 5\r\n\r\nhello', 'PROPFIND 5 - 5'],
  ])('%s %j arrives as %s', async (method, rest, expected) => {
    await serve(measure);
    const text = `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${rest}`;
    expect(await exchangeRaw(cleanup, rig.port, text)).toMatch(new RegExp(`${expected}(\r\n0\r\n\r\n)?$`));
  });

  it('of 20 MB in chunks arrives whole', async () => {
    await serve(measure);
    const outgoing = openRequest({ port: rig.port, host: '127.0.0.1', method: 'POST', agent: false });
    const piece = Buffer.alloc(1_048_576);
    for (let index = 0; index < 20; index++) if (!outgoing.write(piece)) await once(outgoing, 'drain');
    outgoing.end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect((await answer.toArray()).join('')).toBe(`POST - chunked ${20 * 1_048_576}`);
  });

  it('is read only as fast as the instance reads it', async () => {
    const server = createServer({ pauseOnConnect: true });
    rig.apply(tableOf(), [endpoint('v1', await listen(cleanup, server))]);
    const outgoing = openRequest({ port: rig.port, host: '127.0.0.1', method: 'POST', agent: false });
    outgoing.on('error', () => undefined);
    cleanup.add(() => outgoing.destroy());
    const connection = once(server, 'connection') as Promise<[Socket]>;
    outgoing.write('x');
    const [stalled] = await connection;
    cleanup.add(() => stalled.destroy());
    const piece = Buffer.alloc(1_048_576);
    let written = 0;
    // The sockets between take a few MB; the router takes no more than its buffers.
    while (written < 64 && outgoing.write(piece)) written++;
    for (; written < 64; written++) {
      outgoing.write(piece);
      if (!(await Promise.race([once(outgoing, 'drain').then(() => true), quiet(outgoing)]))) break;
    }
    expect(written).toBeLessThan(32);
  });

  it('waits for 100 Continue until the instance is connected', async () => {
    await serve(measure);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
    await client.until(/^HTTP\/1.1 100 Continue\r\n\r\n$/);
    client.send('hello');
    expect(await client.until(/POST 5 - 5/)).toContain('HTTP/1.1 200 OK');
  });

  it('is not asked for when the request is refused, and the connection ends', async () => {
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
    expect(await client.ended()).toMatch(/^HTTP\/1.1 404 /);
  });

  it('that the instance does not read does not hold back its answer, nor the next request', async () => {
    await serve((request, response) => {
      if (request.method === 'GET') response.end('next');
      else response.writeHead(403, { 'content-length': 2 }).end('no');
    });
    const client = await RawClient.connect(cleanup, rig.port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(1000)}`);
    await client.until(/HTTP\/1.1 403 [^]*no$/);
    client.text = '';
    client.send(`${'x'.repeat(299_000)}GET / HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(await client.until(/next/)).toMatch(/^HTTP\/1.1 200 OK/);
  });
});

describe('a client that leaves', () => {
  it('before the answer ends the request at the instance, and is no error of the revision', async () => {
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
    await serve((_request, response) => {
      response.on('close', () => resolve());
      onAsked();
    });
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await asked;
    client.socket.destroy();
    await left;
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 0, statuses: [0, 0, 0, 1, 0, 0] });
    expect(rig.tracks.inFlight()).toEqual([]);
  });

  it('in the middle of an answer ends it at the instance', async () => {
    const { promise: left, resolve } = Promise.withResolvers<void>();
    await serve((_request, response) => {
      response.on('close', () => resolve());
      response.write('data: 1\n\n');
    });
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until(/data: 1/);
    client.socket.destroy();
    await left;
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 0, statuses: [0, 1, 0, 0, 0, 0] });
  });

  it('in the middle of its body breaks it off at the instance', async () => {
    const { promise: broken, resolve } = Promise.withResolvers<void>();
    const { promise: begun, resolve: onBegun } = Promise.withResolvers<void>();
    await serve((request) => {
      request.once('data', () => onBegun());
      request.on('error', () => resolve());
    });
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhello');
    await begun;
    client.socket.destroy();
    await broken;
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 0 });
  });
});

it('pipelined requests are answered in their order', async () => {
  const held: ServerResponse[] = [];
  await serve((request, response) => {
    held.push(response);
    if (request.url === '/2') for (const [index, one] of held.entries()) one.end(`answer ${index + 1}`);
  });
  const client = await RawClient.connect(cleanup, rig.port);
  client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(await client.ended()).toMatch(/answer 1[^]*answer 2/);
});

/** Resolves with false once nothing has been written for a while; only time can show that nothing more comes. */
function quiet(outgoing: { writableLength: number }): Promise<boolean> {
  return new Promise((resolve) => {
    let last = outgoing.writableLength;
    const timer = setInterval(() => {
      if (outgoing.writableLength === last) {
        clearInterval(timer);
        resolve(false);
      }
      last = outgoing.writableLength;
    }, 200);
  });
}
