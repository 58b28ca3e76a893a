import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { request as ask } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listenOnLoopback } from './listen-on-loopback.ts';
import type { SharedPort } from './shared-port.ts';
import { type TestApi, testApi } from './testing/test-api.ts';
import { openSecureDoor } from './secure-door.ts';
import { testAuthority } from '../tls/testing/test-certificates.ts';
import { watchCertificate, type WatchedCertificate } from '../tls/watched-certificate.ts';

const authority = testAuthority();
const hosts = ['127.0.0.1', 'localhost', 'sluice.example'];
const ending = new AbortController();
let folder: string;
let api: TestApi;
let certificate: WatchedCertificate;
let url: string;
let port: number;

const paths = () => ({ certificateFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') });
async function write(of: { readonly certificate: string; readonly key: string }): Promise<void> {
  await writeFile(paths().certificateFile, of.certificate);
  await writeFile(paths().keyFile, of.key);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
  await write(authority.issue({ use: 'server', hosts }));
  api = testApi();
  await listenOnLoopback(api.app, { port: 0 });
  const { log } = api.app as unknown as { log: Parameters<typeof openSecureDoor>[2]['log'] };
  const files = { ...paths(), clientAuthorityFile: null };
  certificate = await watchCertificate(files, { log, now: Date.now, signal: ending.signal });
  const shared = api.app.server as unknown as SharedPort;
  url = await openSecureDoor(shared, { address: '127.0.0.1', port: 0 }, { certificate, log });
  port = Number(new URL(url).port);
});
afterAll(async () => {
  ending.abort();
  await api.app.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Requests name hosts that the certificate is not for. */
const ANY_NAME = { checkServerIdentity: () => undefined };

/** One request over a connection of its own. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const sent = ask(`${url}${path}`, {
    method,
    headers,
    ca: authority.certificate,
    agent: false,
    ...ANY_NAME,
  });
  sent.end();
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** Gives the number of the certificate that was shown. */
async function handshake(options: ConnectionOptions): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.certificate, ...options });
  await once(socket, 'secureConnect');
  const { serialNumber = '' } = socket.getPeerX509Certificate() ?? {};
  socket.destroy();
  return serialNumber;
}

test('answers HTTP/1.1 and HTTP/2 over TLS, and the loopback port answers as before', async () => {
  expect(await get('/health/live')).toMatchObject({ status: 200 });
  const session = connectHttp2(url, { ca: authority.certificate });
  const stream = session.request({ ':path': '/health/live' });
  expect(JSON.parse(await text(stream))).toMatchObject({ status: 'ok' });
  session.close();
  const { port: plain } = api.app.server.address() as { port: number };
  expect((await fetch(`http://127.0.0.1:${plain}/health/live`)).status).toBe(200);
});

test('a client that does not know the authority is not served', async () => {
  await expect(handshake({ ca: testAuthority().certificate })).rejects.toThrow(
    /unable to verify|self-signed/,
  );
});

test('speaks TLS 1.2 and 1.3, and nothing older', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    expect(await handshake({ minVersion: version, maxVersion: version })).not.toBe('');
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await expect(handshake(old)).rejects.toThrow(/protocol|alert/i);
});

test('cleartext is not answered there, and what breaks the handshake hurts nobody else', async () => {
  await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow('fetch failed');
  expect(await get('/health/live')).toMatchObject({ status: 200 });
});

test('the names of the certificate are hosts of the API, and no others', async () => {
  expect(await get('/health/live', { host: `sluice.example:${port}` })).toMatchObject({ status: 200 });
  expect(await get('/health/live', { host: 'evil.example' })).toMatchObject({ status: 421 });
});

test('browsers are told to come by TLS alone, except of localhost, which others use as well', async () => {
  const told = async (host: string) =>
    (await get('/health/live', { host })).headers['strict-transport-security'];
  expect(await told('sluice.example')).toBe('max-age=31536000');
  expect(await told(`localhost:${port}`)).toBeUndefined();
});

test('a page that came over TLS may change something, and one that came without may not', async () => {
  const status = async (origin: string) =>
    (await get('/api/v1/tracks', { host: 'sluice.example', origin }, 'DELETE')).status;
  expect(await status('https://sluice.example')).toBe(405);
  expect(await status('http://sluice.example')).toBe(403);
});

test('new files are used for connections from then on, and those that cannot be used change nothing', async () => {
  const serial = () => handshake({});
  const before = await serial();
  const next = authority.issue({ use: 'server', hosts });
  await writeFile(paths().certificateFile, next.certificate);
  await certificate.look();
  expect([await serial(), certificate.reading().isRefused]).toEqual([before, true]);
  expect(api.logged()).toContainEqual(
    expect.objectContaining({
      level: 'error',
      reason: expect.stringContaining('does not belong to the certificate'),
    }),
  );
  await writeFile(paths().keyFile, next.key);
  await certificate.look();
  const renewed = await serial();
  expect(renewed).not.toBe(before);
  expect(certificate.reading().isRefused).toBe(false);
  await write(authority.issue({ use: 'server', hosts, until: Date.now() - 1000 }));
  await certificate.look();
  await rm(paths().keyFile);
  await certificate.look();
  expect([await serial(), certificate.reading().isRefused]).toEqual([renewed, true]);
});

test.each([
  ['nothing in PEM', 'x', 'y', /holds no certificate/],
  ['a certificate without a key', authority.certificate, 'y', /holds no private key/],
  ['a key of another', authority.certificate, authority.issue({ use: 'server' }).key, /does not belong/],
])('it does not start with %s', async (_what, chain, key, fault) => {
  const own = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
  const files = { certificateFile: join(own, 'c'), keyFile: join(own, 'k'), clientAuthorityFile: null };
  const { log } = api.app as never;
  const reading = () => watchCertificate(files, { log, now: Date.now, signal: ending.signal });
  await expect(reading()).rejects.toThrow(/cannot be read \(ENOENT\)/);
  await writeFile(files.certificateFile, chain);
  await writeFile(files.keyFile, key);
  await expect(reading()).rejects.toThrow(fault);
  await rm(own, { recursive: true });
});

test('a place that is taken is named, with what to do', async () => {
  const { log } = api.app as never;
  const shared = api.app.server as unknown as SharedPort;
  await expect(openSecureDoor(shared, { address: '127.0.0.1', port }, { certificate, log })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken by another program. Stop that program, or choose another with --listen.`,
  );
});
