import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { putSealed, readSealed, removeSealed, sealedFile } from './sealed-folder.ts';
import { openSealed, sealValue } from './sealed-value.ts';

const KEY = Buffer.alloc(32, 7);
const text = (opened: Uint8Array | null): string | null => (opened ? Buffer.from(opened).toString() : null);

describe('a sealed value', () => {
  it('is opened with its key and for its place alone', () => {
    const sealed = sealValue(KEY, 'acme shop-db 1', Buffer.from('hunter2'));
    expect(text(openSealed(KEY, 'acme shop-db 1', sealed))).toBe('hunter2');
    expect(openSealed(KEY, 'evil shop-db 1', sealed)).toBeNull();
    expect(openSealed(Buffer.alloc(32, 8), 'acme shop-db 1', sealed)).toBeNull();
  });

  it('shows every alteration, and never reads the same twice', () => {
    const sealed = sealValue(KEY, 'a', Buffer.from('hunter2'));
    expect(sealValue(KEY, 'a', Buffer.from('hunter2'))).not.toBe(sealed);
    for (let at = 0; at < sealed.length - 1; at++) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      expect(openSealed(KEY, 'a', `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`)).toBeNull();
    }
    for (const wrong of ['', 'v1.', 'v2.AAAA', 'v1.AAAA', `${sealed}.x`])
      expect(openSealed(KEY, 'a', wrong)).toBeNull();
  });
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-sealed-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a folder of sealed values', () => {
  const file = (name: string): string => sealedFile(folder, 'shop/production/web', 'web-1', name);

  it('gives back what was put, and holds it nowhere in the open', async () => {
    await putSealed(file('DATABASE_URL'), 'postgres://hunter2');
    expect(await readSealed(file('DATABASE_URL'))).toBe('postgres://hunter2');
    await putSealed(file('DATABASE_URL'), 'postgres://hunter3');
    expect(await readSealed(file('DATABASE_URL'))).toBe('postgres://hunter3');
    const paths = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    );
    expect(paths).toHaveLength(2);
    for (const { parentPath, name } of paths) {
      expect(await readFile(join(parentPath, name), 'utf8')).not.toContain('hunter');
      expect((await stat(join(parentPath, name))).mode & 0o077).toBe(0);
    }
  });

  it('has one key, whoever is first', async () => {
    await Promise.all([...Array(10).keys()].map((n) => putSealed(file(`N${n}`), String(n))));
    for (const n of Array(10).keys()) expect(await readSealed(file(`N${n}`))).toBe(String(n));
  });

  it('does not open a value that was put in the place of another', async () => {
    await putSealed(file('A'), 'a');
    await writeFile(file('B'), await readFile(file('A'), 'utf8'));
    expect(await readSealed(file('B'))).toBeNull();
  });

  it('is empty when a revision is gone', async () => {
    await putSealed(file('A'), 'a');
    await removeSealed(folder, 'shop/production/web', 'web-1');
    await expect(readSealed(file('A'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(dirname(dirname(file('A'))))).toEqual(['key']);
  });
});
