/** A whole control plane that speaks TLS lets workers in, and takes up what becomes of their authority while it runs. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as ask } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runServer, type Server } from './run-server.ts';
import { parseServerArguments } from './server-arguments.ts';
import { type TestDatabase, testDatabase } from './store/testing/test-database.ts';
import { testAuthority } from './tls/testing/test-certificates.ts';

const TRACK = 'shop/production/triage';
/** A server looks every five seconds. */
const PATIENCE = { timeout: 25_000, interval: 200 };
const tests = testAuthority();
let database: TestDatabase;
let directory: string;
let server: Server;
let url = '';

beforeAll(async () => {
  database = await testDatabase();
  directory = await mkdtemp(join(tmpdir(), 'sluice-server-'));
  const file = (name: string): string => join(directory, name);
  const { certificate, key } = tests.issue({ use: 'server', hosts: ['127.0.0.1'] });
  await writeFile(file('tls.crt'), certificate);
  await writeFile(file('tls.key'), key);
  const place = ['--directory', directory, '--api-port', '0', '--host-directory', 'none'];
  const tls = ['--tls-cert', file('tls.crt'), '--tls-key', file('tls.key'), '--listen', '127.0.0.1:0'];
  const args = parseServerArguments([...place, ...tls, '--database-url', database.url], {});
  const write = (line: string): void => {
    const { msg, url: where } = JSON.parse(line) as { readonly msg: string; readonly url?: string };
    if (msg === 'api listening over TLS') url = where ?? '';
  };
  server = await runServer(
    args.ok ? args.value : expect.unreachable(args.refusal.message),
    pino({ level: 'info' }, { write }),
  );
});
afterAll(async () => {
  await server.close();
  await database.close();
  await rm(directory, { recursive: true });
});

interface Shown {
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

/** One request over TLS, on a connection of its own. */
async function over(method: string, path: string, { token, ...certificate }: Shown, body?: object) {
  const sent = ask(`${url}${path}`, {
    ...{ method, ca: tests.certificate, agent: false, ...certificate },
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
  });
  sent.end(body && JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, body: (await json(answer)) as Record<string, unknown> };
}

async function joined(token: string): Promise<Shown> {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' });
  const { body } = await over('POST', '/auth/join', {}, { token, publicKey });
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { cert: String(body['certificate']), key };
}

it('lets workers in by certificates, and by others once an operator has removed their authority', async () => {
  const token = (await readAdminToken(directory)) ?? expect.unreachable('there is no first token');
  const wanted = { track: TRACK, uses: 1000 };
  const joinToken = String((await over('POST', '/api/v1/join-tokens', { token }, wanted)).body['token']);
  const before = await joined(joinToken);
  const whoami = async (shown: Shown) => (await over('GET', '/api/v1/whoami', shown)).status;
  expect(await whoami(before)).toBe(200);
  await database.db.deleteFrom('worker_authorities' as never).execute();
  await vi.waitFor(async () => expect(await whoami(before)).toBe(401), PATIENCE);
  expect(await whoami(await joined(joinToken))).toBe(200);
});
