import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from '../store/testing/sql.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storedLedger } from '../ledger/stored-ledger.ts';
import { NOON, TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { keyFile } from './key-file.ts';
import type { SecretRegistry } from './secret-registry.ts';
import { readStoredSecret, storedSecrets } from './stored-secrets.ts';

const database = withDatabase();
let folder: string;
let path: string;
let registry: SecretRegistry;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-keys-'));
  path = join(folder, 'secrets.key');
  registry = storedSecrets(database.db, TENANT, { keys: keyFile(path), now: () => NOON });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const set = (name: string, value: string) => registry.set(name, { value, by: 'ada' });
const read = (name: string, tenant = TENANT, keys = keyFile(path)) =>
  readStoredSecret(database.db, tenant, keys, name);
const rows = () =>
  sql<Record<string, string>>`select * from secrets order by name, version`.execute(database.db);

describe('a secret', () => {
  it('is kept as it is, under a version, and is nowhere to be read', async () => {
    expect(await set('shop-db', 'postgres://hunter2')).toMatchObject({
      value: { name: 'shop-db', version: 1 },
    });
    expect(await read('shop-db')).toBe('postgres://hunter2');
    const everything = JSON.stringify([
      (await rows()).rows,
      await registry.page({ cursor: null, limit: 9 }),
      await storedLedger(database.db, TENANT).page({ cursor: null, limit: 9 }),
      await readFile(path, 'utf8'),
    ]);
    expect(everything).not.toContain('hunter2');
    expect(everything).not.toContain(Buffer.from('hunter2').toString('base64').slice(0, 8));
  });

  it('keeps some earlier versions, which can be named', async () => {
    for (let version = 1; version <= 12; version++) await set('shop-db', `v${version}`);
    expect(await read('shop-db')).toBe('v12');
    expect(await read('shop-db@3')).toBe('v3');
    await expect(read('shop-db@2')).rejects.toThrow('no secret shop-db@2 is kept');
  });

  it('is gone with all its values when it is removed, and comes back as a further version', async () => {
    await set('shop-db', 'one');
    await set('shop-db', 'two');
    expect(await registry.remove('shop-db', 'ada')).toMatchObject({ ok: true });
    expect((await rows()).rows.map(({ sealed }) => sealed)).toEqual([null, null, null]);
    await expect(read('shop-db')).rejects.toThrow('no secret shop-db is kept');
    expect(await registry.remove('shop-db', 'ada')).toMatchObject({ refusal: { status: 404 } });
    expect(await set('shop-db', 'three')).toMatchObject({ value: { version: 4 } });
  });

  it('moved to another name, version or tenant does not open', async () => {
    await set('shop-db', 'hunter2');
    const copy = (columns: string) =>
      sql`insert into secrets select ${sql.raw(columns)}, sealed, key_id, wrapped_key, is_newest, changed_by, changed_at
        from secrets where name = 'shop-db' and version = 1 and tenant = ${TENANT}`.execute(database.db);
    await copy("tenant, 'mine', 1");
    await copy("'evil', name, 1");
    await expect(read('mine')).rejects.toThrow('altered, or moved');
    await expect(read('shop-db', 'evil')).rejects.toThrow('altered, or moved');
    expect(await read('shop-db')).toBe('hunter2');
  });
});

describe('the key', () => {
  it('is renewed while secrets are read and set, and the old one is not needed any more', async () => {
    for (let n = 0; n < 5; n++) await set(`s${n}`, `value ${n}`);
    const before = await readFile(path, 'utf8');
    const [rotated] = await Promise.all([
      registry.rotateKey({ renew: true, by: 'ada' }),
      set('late', 'late'),
      read('s1'),
    ]);
    expect(rotated).toMatchObject({ ok: true });
    await registry.rotateKey({ renew: false, by: 'ada' });
    const [newest] = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, `${newest}\n`);
    expect(before).not.toContain(newest);
    for (let n = 0; n < 5; n++) expect(await read(`s${n}`)).toBe(`value ${n}`);
    expect(await read('late')).toBe('late');
  });

  it('is not lost when two renew it at once', async () => {
    await set('s', 'value');
    await Promise.all([1, 2, 3].map(() => registry.rotateKey({ renew: true, by: 'ada' })));
    expect(await read('s')).toBe('value');
  });

  it('is one for all servers that start at once', async () => {
    const others = [...Array(5).keys()].map(() =>
      storedSecrets(database.db, TENANT, { keys: keyFile(path), now: () => NOON }),
    );
    await Promise.all(others.map((one, n) => one.set(`s${n}`, { value: String(n), by: 'ada' })));
    for (const n of others.keys()) expect(await read(`s${n}`)).toBe(String(n));
  });

  it('of another file opens nothing, and is told by its name', async () => {
    await set('s', 'value');
    const other = keyFile(join(folder, 'other.key'));
    await expect(read('s', TENANT, other)).rejects.toThrow(
      /sealed with the key [0-9a-f]{16}, which is not in/,
    );
  });

  it('that others may read is refused', async () => {
    await set('s', 'value');
    await chmod(path, 0o644);
    expect(await registry.set('s', { value: 'other', by: 'ada' })).toMatchObject({
      refusal: { code: 'keys-unusable', detail: expect.stringContaining('chmod 600') },
    });
  });
});
