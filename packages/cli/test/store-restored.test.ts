import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testMachine, type TestMachine } from './machine-harness.ts';

/** With owners and modes, which the database insists on. */
async function copy(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]);
}

describe('a control plane whose store was restored from a backup of before the last release', () => {
  let shop: TestMachine;
  /** Higher than any generation that the host has obeyed. */
  let lost = 0;
  beforeAll(async () => {
    shop = await testMachine();
    shop.strategy('immutable: { keep-old: 1s }');
    await shop.release('v1', {});
    await shop.ended('v1');
    await backUp();
    await shop.release('v2', {});
    await shop.ended('v2');
    lost = (await shop.track()).version;
    await restore();
  });
  afterAll(() => shop.down());

  const folders = (): { data: string; backup: string } => ({
    data: join(shop.directory, 'postgres', 'data'),
    backup: join(shop.directory, 'backup'),
  });

  /** Does something to the database's files while nobody uses them. The host goes on meanwhile. */
  async function whileStopped(work: () => Promise<void>): Promise<void> {
    shop.killServer();
    await (await startEmbeddedPostgres({ directory: join(shop.directory, 'postgres') })).stop();
    await work();
    await shop.up();
  }

  const backUp = (): Promise<void> => whileStopped(() => copy(folders().data, folders().backup));
  const restore = (): Promise<void> =>
    whileStopped(async () => {
      await rm(folders().data, { recursive: true });
      await copy(folders().backup, folders().data);
    });

  it('has the host do again what the store says, and nothing that nobody knows goes on running', async () => {
    await shop.until(({ version }) => version > lost);
    const back = await shop.until(
      ({ splitConfirmed, revisions }) => splitConfirmed && revisions.length === 1,
    );
    expect(back.revisions).toMatchObject([{ version: 'v1', shareBasisPoints: 10_000, ordered: 2, ready: 2 }]);
    expect(back.explanation.refusedOrders).toEqual([]);
    expect(await shop.instances()).toHaveLength(2);
  });

  it('says what has happened in its ledger, which is whole', async () => {
    const entries = await shop.get('/ledger?limit=100');
    expect(entries).toMatch(/the store had gone back: an order of generation \d+ was obeyed before/);
    expect(JSON.parse(await shop.get('/ledger/verification'))).toMatchObject({ intact: true });
  });

  it('releases again', async () => {
    await shop.release('v3', {});
    expect((await shop.ended('v3')).outcome).toBe('succeeded');
  });
});
