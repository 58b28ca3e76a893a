import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PrometheusClient, prometheusClient } from './prometheus-client.ts';
import { outgoingUnder } from '../../outgoing/testing/outgoing-under.ts';
import type { PrometheusConnection, PrometheusMeans } from './prometheus-connection.ts';
import { loopbackMeans } from './testing/loopback-means.ts';

const NOTHING = '{"status":"success","data":{"resultType":"vector","result":[]}}';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly form: Readonly<Record<string, string>>;
}

let seen: Seen[] = [];
let answer: (response: ServerResponse, request: Seen) => void;
let server: Server;
let address: string;
let client: PrometheusClient;
let folder: string;

const listener = (request: IncomingMessage, response: ServerResponse): void => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { method = '', url = '', headers } = request;
    const noted = { method, url, headers, form: Object.fromEntries(new URLSearchParams(body)) };
    seen.push(noted);
    answer(response, noted);
  });
};

beforeAll(async () => {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), 'sluice-client-'));
});
afterAll(async () => {
  await closed(server);
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  seen = [];
  answer = (response) => response.end(NOTHING);
  client = open();
});
afterEach(() => client.close());

function closed(listening: Server): Promise<unknown> {
  const ended = new Promise((resolve) => listening.close(resolve));
  if ('closeAllConnections' in listening && typeof listening.closeAllConnections === 'function')
    listening.closeAllConnections();
  return ended;
}

function open(
  changes: Partial<PrometheusConnection> = {},
  means: Partial<PrometheusMeans> = {},
): PrometheusClient {
  const connection = { address: `http://${address}/prometheus/`, headers: {}, tls: null, timeoutMs: 5_000 };
  return prometheusClient({ ...connection, ...changes }, loopbackMeans(means));
}

const replies = (status: number, body: string, headers: Record<string, string> = {}) => {
  answer = (response) => response.writeHead(status, headers).end(body);
};

describe('a question to Prometheus', () => {
  it('is posted, as long queries do not fit into an address', async () => {
    await client.instant('up{job="a b"}', 1_500);
    await client.range('up', { from: 1_000, until: 61_000, stepMs: 15_000 });
    expect(seen).toMatchObject([
      { method: 'POST', url: '/prometheus/api/v1/query', form: { query: 'up{job="a b"}', time: '1.500' } },
      {
        url: '/prometheus/api/v1/query_range',
        form: { query: 'up', start: '1.000', end: '61.000', step: '15.000' },
      },
    ]);
  });

  it('is asked by GET where a proxy allows nothing else', async () => {
    answer = (response, { method }) =>
      method === 'GET' ? response.end(NOTHING) : response.writeHead(405).end('not allowed');
    expect(await client.instant('up', 2_000)).toMatchObject({ ok: true });
    expect(seen[1]).toMatchObject({ method: 'GET', url: '/prometheus/api/v1/query?query=up&time=2.000' });
  });

  it('carries headers from the settings, a file and a variable, read anew each time', async () => {
    const token = join(folder, 'token');
    await writeFile(token, 'Bearer first\n');
    const headers = {
      'x-scope-orgid': { value: 'shop' },
      authorization: { file: token },
      'x-other': { environment: 'OTHER' },
    };
    const asking = open({ headers }, { environment: { OTHER: ' other ' } });
    await asking.instant('up', 0);
    await writeFile(token, 'Bearer second\n');
    await asking.instant('up', 0);
    await asking.close();
    expect(seen[0]?.headers).toMatchObject({
      'x-scope-orgid': 'shop',
      authorization: 'Bearer first',
      'x-other': 'other',
    });
    expect(seen[1]?.headers).toMatchObject({ authorization: 'Bearer second' });
  });

  it('signs in with what stands in the address, and does not show it', async () => {
    const asking = open({ address: `http://me:p%40ss@${address}` });
    await asking.instant('up', 0);
    await asking.close();
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(asking.address).toBe(`http://${address}`);
  });
});

describe('an answer', () => {
  const data = (resultType: string, result: unknown, more: object = {}) =>
    replies(200, JSON.stringify({ status: 'success', data: { resultType, result }, ...more }));

  it('is numbers as they are, also those that JSON has not', async () => {
    data('vector', [
      { metric: { a: '1' }, value: [10.5, 'NaN'] },
      { metric: { a: '2' }, value: [10.5, '+Inf'] },
      { metric: { a: '3' }, value: [10.5, '-Inf'] },
      { metric: { a: '4' }, value: [10.5, '1e-3'] },
    ]);
    const answered = await client.instant('x', 0);
    const series = answered.ok && answered.value.kind === 'vector' ? answered.value.series : [];
    expect(series.map(({ samples }) => samples)).toEqual([
      [{ at: 10_500, value: Number.NaN }],
      [{ at: 10_500, value: Number.POSITIVE_INFINITY }],
      [{ at: 10_500, value: Number.NEGATIVE_INFINITY }],
      [{ at: 10_500, value: 0.001 }],
    ]);
  });

  it('may be a scalar or a text', async () => {
    data('scalar', [10, '0.5']);
    expect(await client.instant('x', 0)).toMatchObject({ value: { kind: 'scalar', value: 0.5 } });
    data('string', [10, 'words']);
    expect(await client.instant('x', 0)).toMatchObject({ value: { kind: 'string', value: 'words' } });
  });

  it('may hold native histograms', async () => {
    const histogram = {
      count: '3',
      sum: '0.7',
      buckets: [
        [0, '0.1', '0.2', '2'],
        [0, '0.2', '0.4', '1'],
      ],
    };
    data('matrix', [{ metric: {}, histograms: [[10, histogram]] }]);
    expect(await client.instant('x', 0)).toMatchObject({
      value: {
        series: [
          {
            histograms: [
              {
                at: 10_000,
                histogram: {
                  count: 3,
                  sum: 0.7,
                  buckets: [
                    { left: 0.1, right: 0.2, count: 2 },
                    { left: 0.2, right: 0.4, count: 1 },
                  ],
                },
              },
            ],
          },
        ],
      },
    });
  });

  it('says what Prometheus warns of', async () => {
    data('vector', [], { warnings: ['store-1: unavailable'] });
    expect(await client.instant('x', 0)).toMatchObject({ ok: true, warnings: ['store-1: unavailable'] });
  });
});

it('a header that Sluice or Vault keeps is read when it is asked, and says when it has no value', async () => {
  const secret = { from: 'stored', name: 'prometheus-token' } as const;
  const means = { environment: null, readKept: async ({ from }: { from: string }) => `Bearer ${from}\n` };
  const asking = open({ headers: { authorization: { secret } } }, means);
  expect(await asking.instant('up', 0)).toMatchObject({ ok: true });
  expect(seen[0]?.headers.authorization).toBe('Bearer stored');
  const without = open({ headers: { authorization: { secret } } });
  expect(await without.instant('up', 0)).toMatchObject({
    trouble: { kind: 'misconfigured', message: expect.stringMatching(/header authorization has no value/) },
  });
  await Promise.all([asking.close(), without.close()]);
});

describe('trouble is a value that says what is wrong', () => {
  const error = (text: string) => JSON.stringify({ status: 'error', errorType: 'some', error: text });

  it.each<[number, string, string, RegExp]>([
    [400, error('parse error'), 'bad-query', /does not understand the query `up\{`: parse error\.$/],
    [422, error('too many samples'), 'not-executed', /could not execute the query `up\{`: too many samples/],
    [401, 'who are you', 'refused', /refused the query with 401; look at its headers/],
    [403, error('no'), 'refused', /403/],
    [503, error('query timed out'), 'server-error', /answered 503: query timed out/],
    [502, '<html>Bad  Gateway</html>', 'server-error', /answered 502: <html>Bad Gateway/],
    [
      404,
      '404 page not found',
      'invalid-reply',
      /does not answer as Prometheus does \(404\): 404 page not found/,
    ],
    [
      200,
      '<html>Sign in</html>',
      'invalid-reply',
      /does not answer as Prometheus does \(200\): <html>Sign in/,
    ],
    [200, '', 'invalid-reply', /: nothing; look at the address/],
    [200, '{"status":"success","data":{"resultType":"streams","result":[]}}', 'invalid-reply', /streams/],
  ])('%i with %s is %s', async (status, body, kind, message) => {
    replies(status, body);
    expect(await client.instant('up{', 0)).toEqual({
      ok: false,
      trouble: { kind, message: expect.stringMatching(message) },
    });
  });

  it('a redirect to a page where people sign in is told and not followed', async () => {
    replies(302, '', { location: 'https://login.test/' });
    expect(await client.instant('up', 0)).toMatchObject({
      trouble: { message: expect.stringContaining('a redirect to https://login.test/') },
    });
    expect(seen).toHaveLength(1);
  });

  it('a server that is not there', async () => {
    const asking = open({ address: 'http://127.0.0.1:1' });
    const answered = await asking.instant('up', 0);
    await asking.close();
    expect(answered).toMatchObject({
      trouble: {
        kind: 'unreachable',
        message: expect.stringContaining('http://127.0.0.1:1 cannot be reached'),
      },
    });
  });

  it('a server that does not answer, or not to the end', async () => {
    const asking = open({ timeoutMs: 50 });
    answer = () => undefined;
    expect(await asking.instant('up', 0)).toMatchObject({
      trouble: { kind: 'timed-out', message: expect.stringContaining('no answer within 50ms') },
    });
    answer = (response) => response.write('{"status"');
    expect(await asking.instant('up', 0)).toMatchObject({ trouble: { kind: 'timed-out' } });
    await asking.close();
  });

  it('a connection that is cut', async () => {
    answer = (response) => response.destroy();
    expect(await client.instant('up', 0)).toMatchObject({ trouble: { kind: 'unreachable' } });
  });

  it('a header that cannot be read, by its name and place', async () => {
    const asking = open({ headers: { authorization: { file: join(folder, 'missing') } } });
    const variable = open({ headers: { authorization: { environment: 'MISSING' } } });
    expect(await asking.instant('up', 0)).toMatchObject({
      trouble: {
        kind: 'misconfigured',
        message: expect.stringMatching(/header authorization .*missing \(ENOENT\)/),
      },
    });
    expect(await variable.instant('up', 0)).toMatchObject({
      trouble: { message: expect.stringContaining('environment variable MISSING, which is not set') },
    });
    expect(seen).toEqual([]);
    await Promise.all([asking.close(), variable.close()]);
  });

  it.each([
    ['whoever runs the control plane, who has allowed nothing', null, '--allow-outgoing 127.0.0.1:'],
    ['another organisation, whatever the operator may reach', 'acme', '--allow-outgoing acme=127.0.0.1:'],
  ])('an address inside, for %s', async (_, organisation, flag) => {
    const guarded = outgoingUnder(organisation === null ? '' : '127.0.0.0/8', { organisation });
    const asking = open({}, { lines: guarded.lines });
    expect(await asking.instant('up', 0)).toMatchObject({
      trouble: { kind: 'misconfigured', message: expect.stringContaining(flag) },
    });
    expect(seen).toEqual([]);
    await guarded.close();
  });

  it('what lies on the machine, for an organisation to which that does not belong', async () => {
    const there = join(folder, 'a-token');
    await writeFile(there, 'what only this machine knows');
    const tls = { caFile: null, certFile: null, keyFile: null, insecure: false };
    for (const changes of [
      { headers: { authorization: { file: there } } },
      { headers: { authorization: { file: join(folder, 'missing') } } },
      { headers: { authorization: { environment: 'PATH' } } },
      { tls: { ...tls, caFile: there } },
    ]) {
      const asking = open(changes, { environment: null });
      expect(await asking.instant('up', 0)).toMatchObject({
        trouble: { kind: 'misconfigured', message: expect.stringContaining('not one of this organisation') },
      });
      await asking.close();
    }
    expect(seen).toEqual([]);
  });

  it('an address that is none', () => {
    for (const wrong of ['prometheus:9090', 'ftp://prometheus', ''])
      expect(() => open({ address: wrong })).toThrow('is no address of a Prometheus');
  });
});

const openssl = await promisify(execFile)('openssl', ['version']).then(
  () => true,
  () => false,
);
if (!openssl) reportSkip('Prometheus over TLS: there is no openssl to make a certificate with');

// As printed above, where there is no openssl.
describe.skipIf(!openssl)('over TLS', () => {
  let secured: Server;
  let tlsAddress: string;
  const path = (name: string) => join(folder, name);
  const certificate = async (name: string): Promise<void> => {
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      path(`${name}.key`),
    ];
    await promisify(execFile)('openssl', ['req', '-x509', ...key, '-out', path(`${name}.pem`), ...subject]);
  };
  beforeAll(async () => {
    await Promise.all([certificate('server'), certificate('client')]);
    const [cert, key, ca] = await Promise.all(
      ['server.pem', 'server.key', 'client.pem'].map((name) => readFile(path(name))),
    );
    const options = { cert, key, ca, requestCert: true, rejectUnauthorized: true };
    secured = createTlsServer(options, listener).listen(0, '127.0.0.1');
    await once(secured, 'listening');
    tlsAddress = `https://127.0.0.1:${(secured.address() as AddressInfo).port}`;
  });
  afterAll(() => closed(secured));

  const tls = { caFile: null, certFile: null, keyFile: null, insecure: false };
  const ask = async (changes: Partial<typeof tls> | { [key: string]: string | boolean }) => {
    const asking = open({ address: tlsAddress, tls: { ...tls, ...changes } });
    const answered = await asking.instant('up', 0);
    await asking.close();
    return answered;
  };

  it('the server is held to an authority, and the client shows its certificate', async () => {
    const client = { certFile: path('client.pem'), keyFile: path('client.key') };
    expect(await ask({ ...client, caFile: path('server.pem') })).toMatchObject({ ok: true });
    expect(await ask({ ...client, insecure: true })).toMatchObject({ ok: true });
    expect(await ask(client)).toMatchObject({
      trouble: { kind: 'unreachable', message: expect.stringContaining('self-signed certificate') },
    });
    expect(await ask({ caFile: path('server.pem') })).toMatchObject({ trouble: { kind: 'unreachable' } });
    expect(await ask({ caFile: path('nowhere.pem') })).toMatchObject({
      trouble: { kind: 'misconfigured', message: expect.stringContaining('nowhere.pem') },
    });
  });
});
