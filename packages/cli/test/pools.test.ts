import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import type { PoolPlan } from '@sluice/server/pools/pool-plan.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

const NOW = SAMPLE_TIME + 85_000;
const TRACK = trackId('storefront', 'production', 'web');
const pool = (revision: string, plan: Partial<PoolPlan> = {}) => ({
  ...{ queue: TRACK, revision: revisionId(revision), sequence: 1, applied: 1 },
  plan: {
    ...{ on: 'machine' as const, workers: 4, ordered: 1, isAsleep: false, slots: null, leaving: ['w-9'] },
    ...{ waiting: 12, running: 1, oldestAt: NOW - 3_000, why: '12 waiting and 1 running need 4' },
    ...{ memory: { needs: [], busyAt: NOW }, at: NOW - 2_000, ...plan },
  },
});

describe('sluice pools', () => {
  test('list shows what each pool wants and has, and why', async () => {
    expect((await cli.run('pools list')).stdout).toBe(
      'There is no pool; `agents.pool` in a sluice.yaml declares one.\n',
    );
    cli.pools.push(
      pool('web-1'),
      pool('web-2', {
        ...{ isAsleep: true, workers: 0, leaving: [], waiting: 0, running: 0, oldestAt: null },
        why: 'nothing has come in for a while',
      }),
    );
    expect((await cli.run('pools list')).stdout).toBe(
      [
        'TRACK                      REVISION  WANTED  CONNECTED  LEAVING  WAITING  RUNNING  WHY',
        'storefront/production/web  web-1          4          2        1       12        1  12 waiting and 1 running need 4',
        'storefront/production/web  web-2     asleep          0        0        0        0  nothing has come in for a while\n',
      ].join('\n'),
    );
    expect((await cli.json('pools list')).document).toMatchObject({
      items: [{ track: TRACK, revision: 'web-1', workers: 4, connected: 2, leaving: 1 }, { isAsleep: true }],
    });
  });

  test('show says everything of the pools of one component', async () => {
    cli.pools.push(pool('web-1'));
    const { stdout } = await cli.run(`pools show ${TRACK}`);
    expect(stdout).toMatch(/^wanted +4$/m);
    expect(stdout).toMatch(/^at least +1, which the release has ordered$/m);
    expect(stdout).toMatch(/^connected +2 to the server that answers$/m);
    expect(stdout).toMatch(/^waiting +12, the oldest for 3\.?0? s$/m);
    expect(stdout).toMatch(/^warm +at least 1 without a task$/m);
    expect(stdout).toMatch(/^why +12 waiting and 1 running need 4$/m);
    expect((await cli.json(`pools show ${TRACK}`)).document).toMatchObject({ items: [{ on: 'machine' }] });
  });

  test('show refuses a component without a pool, and says how it gets one', async () => {
    const { code, stderr } = await cli.run(`pools show ${TRACK}`);
    expect(code).toBe(6);
    expect(stderr).toContain('has no pool');
    expect(stderr).toContain('agents.pool');
    expect((await cli.run('pools show nobody/knows/it')).code).toBe(6);
  });
});
