import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import { testMachine, type TestMachine } from './machine-harness.ts';

/** `npm run test:long` kills ten times as often. */
const KILLS = process.env['SLUICE_TEST_LONG'] === '1' ? 200 : 20;

describe('a control plane that is killed with SIGKILL at random moments of rollouts under load', () => {
  let shop: TestMachine;
  beforeAll(async () => {
    shop = await testMachine();
    shop.strategy(`canary:
  phases: [{ share: 20%, hold: 2s }, { share: 60%, hold: 2s }]
  checks: [smoke]
  keep-old: 1s
  min-requests: 5
  judge: { warm-up: 1s }`);
  });
  afterAll(() => shop.down());

  it(
    `loses no request, no evidence and no process in ${KILLS} kills`,
    async () => {
      const random = seededRandom(20261121);
      await shop.release('v0', {});
      expect((await shop.ended('v0')).outcome).toBe('succeeded');
      const load = shop.load(150);
      await delay(3000); // The judge compares with traffic that the stable revision has had.
      const candidates = new Set<string>();
      let kills = 0;
      for (let round = 1; kills < KILLS; round++) {
        const bad = round % 3 === 0;
        const version = `v${round}`;
        const reply = await shop.release(version, { failureRate: bad ? 0.3 : 0 });
        if (bad) for (const { revision } of reply.rollouts) candidates.add(revision);
        let active = true;
        while (active && kills < KILLS) {
          // Sleeps on purpose: a random moment is what is tested.
          await delay(200 + random() * 1500);
          shop.killServer();
          kills += 1;
          await delay(random() * 300); // how long nobody is there is up to chance
          await shop.up();
          active = (await shop.track()).active !== null;
        }
        const ended = await shop.ended(version, 90_000);
        expect({ version, outcome: ended.outcome }).toEqual({
          version,
          outcome: bad ? 'rolled-back' : 'succeeded',
        });
      }
      await delay(1500); // The load generator's last report counts what was on its way.
      const report = await load.stop();
      const outside = Object.entries(report.revisions).filter(([revision]) => !candidates.has(revision));
      expect(outside.reduce((sum, [, arm]) => sum + arm.failed, 0)).toBe(0);
      expect({ unanswered: report.unanswered, retried: report.retried }).toEqual({
        unanswered: 0,
        retried: 0,
      });
      await shop.until((track) => track.revisions.every(({ role }) => role === 'stable'));
      expect(await shop.instances()).toHaveLength(2);
      const verification = JSON.parse(await shop.get('/ledger/verification')) as { intact: boolean };
      expect(verification.intact).toBe(true);
    },
    KILLS * 15_000 + 120_000,
  );
});
