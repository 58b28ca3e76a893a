/**
 * Canaries are planted in every way in which a secret can be given: an environment variable, a file, kept by Sluice, in
 * Vault, for a channel and within its address. Then they are looked for in everything that comes out, as they are, within
 * URLs and in base64. What programs themselves have written to disk is left out: it is masked when it is shown.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import { openDatabase } from '@sluice/server/store/database/open-database.ts';
import { startEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { sql } from '@sluice/server/store/testing/sql.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestMachine, testMachine } from './machine-harness.ts';

/** Long enough that no digest holds it by chance, with what URLs and base64 write otherwise. */
const canary = (kind: string): string => `${kind}-${randomBytes(8).toString('hex')}/+?~${kind}`;
const CANARIES = {
  environment: canary('environment'),
  file: canary('file'),
  stored: canary('stored'),
  vault: canary('vault'),
  channel: canary('channel'),
  address: randomBytes(12).toString('hex'),
};
const FORMS = Object.entries(CANARIES).flatMap(([kind, value]) => {
  const bytes = Buffer.from(value);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  const forms = [
    value,
    encodeURIComponent(value),
    base64,
    bytes.toString('base64url'),
    JSON.stringify(value).slice(1, -1),
  ];
  return forms.map((form) => ({ kind, form }));
});
const found = (text: string): readonly string[] => [
  ...new Set(FORMS.filter(({ form }) => text.includes(form)).map(({ kind }) => kind)),
];

const VARIABLES = ['FROM_ENVIRONMENT', 'FROM_FILE', 'FROM_SLUICE', 'FROM_VAULT'];
/** Prints all that it is given, in every form, and says in the end whether it had it. */
const PROGRAM = `
import { createServer } from 'node:http';
const values = ${JSON.stringify(VARIABLES)}.map((name) => process.env[name] ?? '');
for (const value of values)
  console.log(value, encodeURIComponent(value), Buffer.from(value).toString('base64'), 'of', value.length);
const had = ${JSON.stringify([CANARIES.environment, CANARIES.file, CANARIES.stored, CANARIES.vault].map((value) => value.length))};
const all = values.every((value, at) => value.length === had[at]);
createServer((_, reply) => reply.end(all ? 'has all' : 'lacks some')).listen(process.env.PORT, '127.0.0.1');
`;
const FAILING = `throw new Error('cannot use ' + ${JSON.stringify(VARIABLES)}.map((name) => process.env[name]).join(' '));`;

let machine: TestMachine;
let vault: Server;
let folder: string;
const before = { ...process.env };
const bodies: string[] = [];
const headers = async () => ({
  authorization: `Bearer ${await readAdminToken(machine.directory)}`,
  'content-type': 'application/json',
});
const url = (path: string): string => `http://127.0.0.1:${machine.machine().apiPort}${path}`;

async function send(method: string, path: string, body: unknown): Promise<number> {
  const reply = await fetch(url(path), { method, headers: await headers(), body: JSON.stringify(body) });
  bodies.push(await reply.text());
  return reply.status;
}

const file = (): string => `application: storefront
components:
  web:
    run: node server.mjs
    instances: 1
    route: /
    health: { path: /, within: 20s, interval: 300ms }
    secrets:
      FROM_ENVIRONMENT: { environment: CANARY }
      FROM_FILE: { file: ${join(folder, 'canary')} }
      FROM_SLUICE: { secret: shop-db }
      FROM_VAULT: { vault: { path: secret/shop, key: url } }
checks:
  has-all: { http: /, expect: { status: 200, body: has all } }
`;

async function release(version: string, program: string): Promise<number> {
  const shop = join(machine.directory, 'shop');
  await writeFile(join(shop, 'server.mjs'), program);
  return send('POST', '/api/v1/releases', {
    ...{ text: file(), file: 'sluice.yaml', baseDirectory: shop, version, by: 'test' },
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-canary-'));
  await writeFile(join(folder, 'canary'), `${CANARIES.file}\n`, { mode: 0o600 });
  vault = createServer((request, reply) => {
    const isRight = request.url === '/v1/secret/data/shop' && request.headers['x-vault-token'] === 's.token';
    reply.writeHead(isRight ? 200 : 403, { 'content-type': 'application/json' });
    reply.end(
      JSON.stringify(isRight ? { data: { data: { url: CANARIES.vault }, metadata: {} } } : { errors: [] }),
    );
  });
  await new Promise<void>((resolve) => vault.listen(0, '127.0.0.1', resolve));
  process.env['CANARY'] = CANARIES.environment;
  process.env['VAULT_ADDR'] = `http://127.0.0.1:${(vault.address() as AddressInfo).port}`;
  process.env['VAULT_TOKEN'] = 's.token';
  process.env['SLUICE_CHANNEL_CANARY'] = CANARIES.channel;
  machine = await testMachine();
});
afterAll(async () => {
  for (const name of ['CANARY', 'VAULT_ADDR', 'VAULT_TOKEN', 'SLUICE_CHANNEL_CANARY'])
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  await machine?.down();
  await new Promise<void>((resolve) => void vault?.close(() => resolve()));
  await rm(folder, { recursive: true, force: true });
});

describe('secrets that were given in every way', () => {
  test('reach the processes that they are for, also once these start anew', {
    timeout: 180_000,
  }, async () => {
    expect(await send('PUT', '/api/v1/secrets/shop-db', { value: CANARIES.stored })).toBe(200);
    await send('PUT', '/api/v1/channels/ops', {
      settings: {
        ...{ kind: 'webhook', url: `https://127.0.0.1:1/${CANARIES.address}` },
        secrets: [{ env: 'SLUICE_CHANNEL_CANARY' }],
      },
    });
    expect(await release('good', PROGRAM), bodies.at(-1)).toBe(202);
    expect(await machine.ended('good')).toMatchObject({ outcome: 'succeeded' });
    const [pid] = await machine.instances();
    process.kill(pid ?? 0, 'SIGKILL');
    const answer = () =>
      fetch(`http://127.0.0.1:${machine.machine().routerPort}/`).then(
        (reply) => reply.text(),
        () => 'nobody',
      );
    await expect.poll(answer, { timeout: 30_000 }).toBe('has all');
    expect(await release('bad', FAILING), bodies.at(-1)).toBe(202);
    expect(await machine.ended('bad')).toMatchObject({ outcome: 'rolled-back' });
  });

  test('stand in no answer of the API', { timeout: 120_000 }, async () => {
    const document = JSON.parse(await (await fetch(url('/openapi.json'))).text()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const named: Record<string, string> = {
      ...{ application: 'storefront', environment: 'local', component: 'web', id: 'ro-2', name: 'shop-db' },
    };
    const reads = Object.entries(document.paths).flatMap(([path, operations]) =>
      'get' in operations ? [path] : [],
    );
    expect(reads.length).toBeGreaterThan(20);
    const asked = [
      ...reads,
      '/api/v1/tracks/{application}/{environment}/{component}/logs?tail=500',
      '/api/v1/rollouts/ro-1',
      '/api/v1/rollouts/ro-1/events',
      '/api/v1/rollouts/ro-2/report',
      '/api/v1/channels/ops',
    ];
    for (const path of asked) {
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => named[name] ?? 'none');
      expect([filled, found(await readSome(filled))]).toEqual([filled, []]);
    }
    expect(bodies.flatMap(found)).toEqual([]);
    const logs = await readSome('/api/v1/tracks/storefront/local/web/logs?revision=good&tail=500');
    expect(logs).toContain('[secret]');
  });

  test('stand in no row of the database', { timeout: 60_000 }, async () => {
    const postgres = await startEmbeddedPostgres({ directory: join(machine.directory, 'postgres') });
    const db = openDatabase(postgres.connectionString);
    try {
      const { rows } = await sql<{
        name: string;
      }>`select quote_ident(table_name) as name from information_schema.tables
        where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(db);
      expect(rows.length).toBeGreaterThan(20);
      for (const { name } of rows) {
        const { rows: all } = await sql
          .raw<{ line: string }>(`select t::text as line from ${name} t`)
          .execute(db);
        expect([name, found(all.map(({ line }) => line).join('\n'))]).toEqual([name, []]);
      }
    } finally {
      await db.destroy();
    }
  });

  test('stand in no log and no file of host and control plane', { timeout: 60_000 }, async () => {
    const entries = await readdir(machine.directory, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => !/\/(postgres|shop|bundles)\//.test(path) && !/\/logs\/.+\/.+\.log$/.test(path));
    expect(files.some((path) => path.endsWith('server.log'))).toBe(true);
    expect(files.some((path) => path.includes('sealed'))).toBe(true);
    for (const path of files) expect([path, found(await readFile(path, 'latin1'))]).toEqual([path, []]);
  });
});

/** What is answered within a moment; streams go on for ever. */
async function readSome(path: string): Promise<string> {
  const signal = AbortSignal.timeout(3_000);
  const reply = await fetch(url(path), { headers: await headers(), signal });
  const parts: string[] = [];
  const decoder = new TextDecoder();
  try {
    for await (const part of reply.body ?? [])
      parts.push(decoder.decode(part as Uint8Array, { stream: true }));
  } catch {
    // The moment is over.
  }
  return parts.join('');
}
