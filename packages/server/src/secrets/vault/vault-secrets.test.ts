import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { vaultSecrets } from './vault-secrets.ts';

/** A Vault as its API is published: KV version 2 under `secret`, with one token, in a namespace. */
let server: Server;
let asked: string[];
let elapsed = 0;
beforeEach(async () => {
  asked = [];
  server = createServer((request, reply) => {
    asked.push(request.url ?? '');
    const [status, body] = answerTo(request);
    reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

function answerTo({ url, headers }: IncomingMessage): readonly [number, object] {
  if (headers['x-vault-token'] !== 's.token') return [403, { errors: ['permission denied'] }];
  if (headers['x-vault-namespace'] !== 'acme') return [404, { errors: [] }];
  if (url === '/v1/secret/data/shop/web')
    return [
      200,
      {
        request_id: 'a',
        lease_duration: 0,
        data: { data: { url: 'postgres://hunter2', port: 5 }, metadata: { version: 2 } },
      },
    ];
  if (url === '/v1/secret/data/gone')
    return [404, { data: { data: null, metadata: { deletion_time: 'x' } } }];
  if (url === '/v1/secret/data/sealed') return [503, { errors: ['Vault is sealed'] }];
  return [404, { errors: [] }];
}

const reader = (environment: Record<string, string> = {}) => {
  const { port } = server.address() as AddressInfo;
  const VAULT_ADDR = `http://127.0.0.1:${port}/`;
  return vaultSecrets({
    environment: { VAULT_ADDR, VAULT_TOKEN: 's.token', VAULT_NAMESPACE: 'acme', ...environment },
    fetch: globalThis.fetch,
    elapsedMs: () => elapsed,
  });
};

it('a key of a secret is read, once for all that ask within a moment', async () => {
  const read = reader();
  const values = await Promise.all([read('secret/shop/web', 'url'), read('secret/shop/web', 'url')]);
  expect(values).toEqual(['postgres://hunter2', 'postgres://hunter2']);
  expect(asked).toEqual(['/v1/secret/data/shop/web']);
  elapsed += 10_000;
  await read('secret/shop/web', 'url');
  expect(asked).toHaveLength(2);
});

it.each([
  ['secret/shop/web', 'password', {}, 'has no text under password; it has url, port'],
  ['secret/none', 'url', {}, 'has no secret secret/none'],
  ['secret/sealed', 'url', {}, 'sealed, standing by or busy'],
  ['secret/../../sys/seal', 'url', {}, 'is no path of a secret'],
  ['secret/shop/web', 'url', { VAULT_TOKEN: 'wrong' }, 'its token is not valid'],
  ['secret/shop/web', 'url', { VAULT_TOKEN: '' }, 'has no token for Vault'],
  ['secret/shop/web', 'url', { VAULT_ADDR: '' }, 'knows no Vault'],
  ['secret/shop/web', 'url', { VAULT_ADDR: 'http://127.0.0.1:1' }, 'Vault does not answer'],
])('%s with %s is told as what it is, without values or tokens', async (path, key, environment, why) => {
  const failure: unknown = await reader(environment)(path, key).catch((thrown: unknown) => thrown);
  expect(String(failure)).toContain(why);
  expect(String(failure)).not.toMatch(/hunter2|s\.token/);
});
