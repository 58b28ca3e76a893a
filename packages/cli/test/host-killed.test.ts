import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import { testMachine, type TestMachine } from './machine-harness.ts';

const KILLS = process.env['SLUICE_TEST_LONG'] === '1' ? 50 : 6;

describe('a host that is killed with SIGKILL in the middle of a rollout', () => {
  let shop: TestMachine;
  beforeAll(async () => {
    shop = await testMachine();
    shop.strategy(
      'canary: { phases: [{ share: 50%, hold: 6s }], keep-old: 1s, min-requests: 5, judge: { warm-up: 0s } }',
    );
    await shop.release('v1', {});
    await shop.ended('v1');
  });
  afterAll(() => shop.down());

  it('comes back to the same processes, and the rollout goes on to its right end', async () => {
    const random = seededRandom(11);
    shop.load(60);
    await shop.release('v2', {});
    await shop.until((track) => track.active?.candidateShareBasisPoints === 5000);
    const before = await shop.instances();
    for (let kills = 0; kills < KILLS; kills++) {
      process.kill(shop.machine().host.pid, 'SIGKILL');
      // Sleeps on purpose: how long a host is away is up to chance.
      await delay(random() * 1500);
      await shop.up();
      await delay(random() * 1000); // the next kill comes at a random moment
    }
    const ended = await shop.ended('v2');
    expect(ended.outcome).toBe('succeeded');
    expect(ended.evidence?.candidate.requests).toBeGreaterThan(0);
    const after = await shop.instances();
    expect(before.filter((pid) => after.includes(pid)).length).toBeGreaterThan(0);
    await shop.until((track) => track.revisions.length === 1 && track.revisions[0]?.ready === 2);
    expect(await shop.instances()).toHaveLength(2);
  });
});
