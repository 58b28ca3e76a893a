import { setTimeout as delay } from 'node:timers/promises';
import { assert } from '@sluice/core/kernel/assert.ts';
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FleetRig, type StoreKind } from './fleet-rig.ts';

/** `npm run test:long` kills ten times as often, and on both stores. */
const isLong = process.env['SLUICE_TEST_LONG'] === '1';
const KILLS = isLong ? 100 : 10;
const TASKS = isLong ? 10_000 : 500;
const STORES: readonly StoreKind[] = isLong ? ['embedded', 'external'] : ['embedded'];
const WORKERS = 4;

describe('servers and workers that are killed with SIGKILL while tasks come in', () => {
  it.each(STORES)(
    `lose and double nothing of ${TASKS} tasks in ${KILLS} kills on an %s PostgreSQL`,
    { timeout: KILLS * 20_000 + 300_000 },
    async (store) => {
      const random = seededRandom(20_261_121);
      const rig = await FleetRig.start(store, WORKERS);
      onTestFinished(() => rig.stop());
      const begun = performance.now();
      const batch = TASKS / KILLS;
      const killed = { servers: 0, workers: 0 };
      for (let kill = 0; kill < KILLS; kill++) {
        const tasks = Array.from({ length: batch }, () => ({ ms: Math.round(random() * 200) }));
        const submitting = rig.submit(kill, tasks);
        await delay(random() * 400); // A random moment is what is tested.
        const isServer = kill % 3 === 0;
        const all = isServer ? rig.servers.map((server) => server.process) : rig.workers;
        const victim = all[Math.floor(random() * all.length)];
        assert(victim !== undefined, 'there is somebody to kill');
        await victim.end('SIGKILL');
        killed[isServer ? 'servers' : 'workers'] += 1;
        await delay(random() * 300); // How long nobody is there is up to chance.
        victim.start();
        await submitting;
      }
      const count = await rig.finished(TASKS);
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      console.log(`${store}: ${JSON.stringify({ ...killed, ...count, seconds })}`);
      expect(count).toMatchObject({ tasks: TASKS, succeeded: TASKS, results: TASKS, strange: 0 });
    },
  );
});
