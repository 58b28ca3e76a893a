/** The authority of workers is followed by another before it ends, whoever of several servers sees that it is due. */
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keyFile } from '../../secrets/key-file.ts';
import { listAuthorities } from '../../store/access/worker-authority.ts';
import { NOON, TENANT } from '../../store/testing/track-fixtures.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { openWorkerAuthority, rewrapAuthority, type WorkerAuthority } from './worker-authority.ts';

const DAY_MS = 86_400_000;
const NINE_YEARS_MS = 9 * 365 * DAY_MS;
const database = withDatabase();
let folder: string;
let now: number;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-authority-'));
  now = NOON;
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

const heard = (_fields: object, message: string): void => void said.push(message);
const log = { info: heard, error: heard } as unknown as Logger;
const path = (name: string): string => join(folder, name);
/** One server of several, with the key of secrets that lies in a file, and a clock that is wrong by so much. */
const server = (file = 'secrets.key', wrongMs = 0): Promise<WorkerAuthority> =>
  openWorkerAuthority({ db: database.db, keys: keyFile(path(file)), log, now: () => now + wrongMs });
const { publicKey } = generateKeyPairSync('ed25519');
const worker = { tenant: TENANT, track: 'shop/production/triage', identity: null };
/** Which of the authorities that are trusted gives certificates; their number from 0. */
async function signs(authority: WorkerAuthority): Promise<number> {
  const pem = await authority.issue(worker, publicKey, { from: now, until: now + DAY_MS });
  const given = new X509Certificate(pem);
  return authority.trusted().findIndex((one) => given.verify(new X509Certificate(one).publicKey));
}
const generations = async () => (await listAuthorities(database.db)).map(({ generation }) => generation);

it('stays the same for nine years', async () => {
  const authority = await server();
  const before = authority.trusted();
  now += NINE_YEARS_MS;
  await authority.look();
  expect(authority.trusted()).toEqual(before);
  expect(await generations()).toEqual([1]);
});

it('is followed by one that every server knows before it signs, and trusted until what it signed has ended', async () => {
  const [one, other] = [await server(), await server()];
  let changes = 0;
  other.onChange(() => (changes += 1));
  const [first = ''] = one.trusted();
  now += NINE_YEARS_MS + DAY_MS;
  await one.look();
  const [, second = ''] = one.trusted();
  expect(one.trusted()).toEqual([first, second]);
  expect(other.trusted()).toEqual([first]);
  await other.look();
  await other.look();
  expect(other.trusted()).toEqual([first, second]);
  expect(changes).toBe(1);
  expect([await signs(one), await signs(other)]).toEqual([0, 0]);
  now += DAY_MS;
  expect([await signs(one), await signs(other)]).toEqual([1, 1]);
  now += DAY_MS + 1;
  await one.look();
  expect(one.trusted()).toEqual([first, second]);
  now += DAY_MS;
  await one.look();
  expect(one.trusted()).toEqual([second]);
  expect(await signs(one)).toBe(0);
  expect((await server()).trusted()).toEqual([second]);
});

it('is followed by one alone, however many servers look at once', async () => {
  const servers = await Promise.all([server(), server(), server()]);
  now += NINE_YEARS_MS + DAY_MS;
  await Promise.all(servers.map((one) => one.look()));
  expect(await generations()).toEqual([1, 2]);
  for (const one of servers) expect(one.trusted()).toEqual(servers[0]?.trusted());
  expect(said).toEqual(['an authority of workers was made', 'an authority of workers was made']);
});

it('is not followed by one of a server that cannot open it, which says so once, and goes on', async () => {
  await server();
  await writeFile(path('other.key'), `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  const blind = await server('other.key');
  said = [];
  now += NINE_YEARS_MS + DAY_MS;
  await blind.look();
  await blind.look();
  expect(said).toEqual([expect.stringContaining('was not made')]);
  expect(await generations()).toEqual([1]);
  expect(blind.trusted()).toHaveLength(1);
  const sighted = await server();
  await blind.look();
  expect(blind.trusted()).toEqual(sighted.trusted());
  expect(blind.trusted()).toHaveLength(2);
});

it('is made anew when it has ended while no server ran', async () => {
  const before = (await server()).trusted();
  now += NINE_YEARS_MS + 400 * DAY_MS;
  const authority = await server();
  expect(authority.trusted()).toHaveLength(1);
  expect(authority.trusted()).not.toEqual(before);
  expect(await signs(authority)).toBe(0);
});

it('is made anew when an operator has removed it, and trusts nothing of the one before', async () => {
  const authority = await server();
  const before = authority.trusted();
  await database.db.deleteFrom('worker_authorities' as never).execute();
  await authority.look();
  expect(authority.trusted()).toHaveLength(1);
  expect(authority.trusted()).not.toEqual(before);
  expect(await signs(authority)).toBe(0);
});

it('is not spoiled by a server whose clock is years ahead', async () => {
  const authority = await server();
  const [first = ''] = authority.trusted();
  await server('secrets.key', NINE_YEARS_MS + DAY_MS);
  await authority.look();
  expect(authority.trusted()).toEqual([first]);
  now += NINE_YEARS_MS;
  await authority.look();
  expect(authority.trusted()).toEqual([first]);
  expect(await signs(authority)).toBe(0);
  now += 2 * DAY_MS;
  await authority.look();
  expect(authority.trusted()).toHaveLength(2);
  now += DAY_MS;
  expect(await signs(authority)).toBe(1);
});

it('and the one that follows are both wrapped by a new key of secrets', async () => {
  const authority = await server();
  now += NINE_YEARS_MS + DAY_MS;
  await authority.look();
  const file = keyFile(path('secrets.key'));
  const newest = await file.renew();
  expect(await rewrapAuthority(database.db, file, newest)).toBe(2);
  expect((await listAuthorities(database.db)).map(({ keyId }) => keyId)).toEqual([newest, newest]);
  expect(await signs(authority)).toBe(0);
});
