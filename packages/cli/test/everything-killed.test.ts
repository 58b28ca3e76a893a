import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testMachine, type TestMachine } from './machine-harness.ts';

describe('control plane, host and database killed with SIGKILL at once, in the middle of a rollout', () => {
  let shop: TestMachine;
  beforeAll(async () => {
    shop = await testMachine();
    shop.strategy(
      'canary: { phases: [{ share: 50%, hold: 5s }], keep-old: 1s, min-requests: 5, judge: { warm-up: 0s } }',
    );
    await shop.release('v1', {});
    await shop.ended('v1');
    shop.load(60);
    // Sleeps on purpose: the judge compares with traffic that stable has had.
    await delay(2000);
  });
  afterAll(() => shop.down());

  it.each([
    { version: 'v2', failureRate: 0, outcome: 'succeeded' },
    { version: 'v3', failureRate: 0.5, outcome: 'rolled-back' },
  ])('$version comes to its right end all the same: $outcome', async ({ version, failureRate, outcome }) => {
    await shop.release(version, { failureRate });
    await shop.until(
      (track) => track.active === null || (track.active.evidence?.candidate.requests ?? 0) > 0,
    );
    const postmaster = await readFile(join(shop.directory, 'postgres', 'data', 'postmaster.pid'), 'utf8');
    const { server, host } = shop.machine();
    for (const pid of [Number(postmaster.split('\n')[0]), server.pid, host.pid]) process.kill(pid, 'SIGKILL');
    await shop.up();
    expect((await shop.ended(version)).outcome).toBe(outcome);
    await shop.until((track) => track.revisions.length === 1 && track.revisions[0]?.ready === 2);
    expect(await shop.instances()).toHaveLength(2);
    expect(JSON.parse(await shop.get('/ledger/verification'))).toMatchObject({ intact: true });
  });
});
