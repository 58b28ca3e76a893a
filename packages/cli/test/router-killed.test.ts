import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import { hostClient } from '@sluice/server/host-client/host-client.ts';
import type { LoadProcess } from '../src/commands/demo/load-process.ts';
import { testMachine, type TestMachine } from './machine-harness.ts';

const KILLS = process.env['SLUICE_TEST_LONG'] === '1' ? 100 : 10;

describe('a router process that is killed with SIGKILL at random moments of a rollout under load', () => {
  let shop: TestMachine;
  beforeAll(async () => {
    shop = await testMachine();
    shop.strategy(
      'canary: { phases: [{ share: 50%, hold: 20s }], keep-old: 1s, min-requests: 5, judge: { warm-up: 0s } }',
    );
    await shop.release('v1', {});
    await shop.ended('v1');
  });
  afterAll(() => shop.down());

  it('refuses no connection and loses no request that may be sent again', async () => {
    const random = seededRandom(7);
    const { socket } = JSON.parse(await readFile(join(shop.directory, 'host', 'host.json'), 'utf8')) as {
      socket: string;
    };
    const host = hostClient(socket);
    const load = shop.load(150);
    await shop.release('v2', {});
    for (let kills = 0; kills < KILLS; kills++) {
      await answeredMore(load);
      // Sleeps on purpose: a random moment is what is tested.
      await delay(random() * 500);
      const [worker] = (await host.status()).routerWorkers.filter(({ ready }) => ready);
      if (worker) process.kill(worker.pid, 'SIGKILL');
    }
    const ended = await shop.ended('v2');
    await host.close();
    const report = await load.stop();
    expect({ outcome: ended.outcome, failed: report.failed, unanswered: report.unanswered }).toEqual({
      outcome: 'succeeded',
      failed: 0,
      unanswered: 0,
    });
    // At most what was in flight at each kill had to be sent again.
    expect(report.retried).toBeLessThan(KILLS * 30);
    await shop.until((track) => track.revisions.length === 1);
    expect(await shop.instances()).toHaveLength(2);
  });
});

/** Waits until what had to be sent again is answered: a request is sent again once, so one that is hit twice is lost. */
async function answeredMore(load: LoadProcess): Promise<void> {
  const before = load.report().requests;
  // Polls the reports of another process, which come once a second.
  while (load.report().requests < before + 150 || load.report().retrying > 0) await delay(50);
}
