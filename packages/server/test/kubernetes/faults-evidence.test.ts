import { idOf } from '@sluice/core/rollout/testing/tame-world.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import { describe, expect, test } from 'vitest';
import { JudgedByPrometheus, MINUTE, TROUBLE } from './testing/judged-by-prometheus.ts';

const OUTAGE = 10 * MINUTE;
const share = (judged: JudgedByPrometheus): number => judged.world.share('v2');
const begins = ({ world }: JudgedByPrometheus): readonly string[] =>
  world.kinds.filter((kind) => kind === 'rollbackBegun');

/** An outage of ten minutes, in the middle of which something happens. */
async function outage(judged: JudgedByPrometheus, middle: () => Promise<void> | void): Promise<void> {
  judged.prometheus.isDown = true;
  await judged.pass(OUTAGE / 2);
  await middle();
  await judged.pass(OUTAGE / 2);
}

describe('a Prometheus that is down for ten minutes in the middle of a canary', () => {
  test('holds the rollout at its share, says why, and condemns nobody', async () => {
    const judged = await JudgedByPrometheus.start();
    const before = share(judged);
    expect(before).toBe(2500);
    await outage(judged, () => {
      expect(judged.world.last?.explanation.waitingFor).toContain(TROUBLE);
    });
    const { active } = judged.world.track;
    expect(active?.phase).toMatchObject({ name: 'held', reason: { kind: 'provider-error' } });
    expect(judged.world.last?.explanation.doing).toContain('v2 held at 25% (provider-error)');
    expect(share(judged)).toBe(before);
    expect(begins(judged)).toEqual([]);
  });

  test('leaves no hole in the evidence: what was counted meanwhile counts afterwards, once, and it goes on', async () => {
    const judged = await JudgedByPrometheus.start();
    await outage(judged, () => undefined);
    judged.prometheus.isDown = false;
    const sent = judged.sent;
    await judged.until(() => judged.world.track.active?.phase.name === 'running');
    await judged.until(() => judged.counted >= sent, 5 * MINUTE);
    expect(judged.counted).toBeLessThanOrEqual(judged.sent);
    await judged.until(() => judged.world.track.active === null);
    expect(judged.world.track.stable).toBe(idOf('v2'));
  });

  test('takes counters that began anew meanwhile for what they are, and goes on', async () => {
    const judged = await JudgedByPrometheus.start();
    const before = judged.sent;
    await outage(judged, () => {
      judged.restart('v1');
      judged.restart('v2');
    });
    const ended = judged.sent;
    judged.prometheus.isDown = false;
    await judged.until(() => judged.world.track.active === null);
    // What was counted between the last scrape and the restart is gone with the counters, and is not made up for.
    expect(judged.counted).toBeGreaterThan((ended - before) / 2);
    expect(judged.counted).toBeLessThan(judged.sent - (ended - before) / 3);
    expect(judged.world.track.stable).toBe(idOf('v2'));
  });

  test('does not hold an incident of both sides against the candidate, though their pods are scraped one after the other', async () => {
    const judged = await JudgedByPrometheus.start();
    await outage(judged, async () => {
      judged.errorRate = { v1: 0.3, v2: 0.3 };
      await judged.pass(2 * MINUTE);
      judged.errorRate = { v1: 0.005, v2: 0.005 };
    });
    judged.prometheus.isDown = false;
    await judged.until(() => judged.world.track.active === null);
    expect(judged.world.track.stable).toBe(idOf('v2'));
    expect(begins(judged)).toEqual([]);
  });

  test('hides no bad candidate: it is taken back as soon as its counters can be read again', async () => {
    const judged = await JudgedByPrometheus.start();
    await outage(judged, () => {
      judged.errorRate = { v1: 0.005, v2: 0.05 };
    });
    expect(begins(judged)).toEqual([]);
    judged.prometheus.isDown = false;
    await judged.until(() => judged.world.track.active === null, 2 * MINUTE);
    expect(judged.world.track.stable).toBe(idOf('v1'));
    expect(judged.world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'judge' } });
  });
});

describe('evidence that is counted while a hand has changed the split', () => {
  const byHand = {
    ...EMPTY_SPLIT,
    weights: [
      { revision: idOf('v1'), basisPoints: 1000 },
      { revision: idOf('v2'), basisPoints: 9000 },
    ],
  };

  /** The route is changed, and the gateway takes a while until it has what it should have again. */
  async function drift(judged: JudgedByPrometheus, seconds: number): Promise<void> {
    const { world } = judged;
    world.inForce = byHand;
    world.generation = 0;
    world.ignored = ['applySplit'];
    await judged.pass(seconds);
    expect(world.track.splitConfirmed).toBe(false);
    expect(world.last?.effects).toMatchObject([{ kind: 'applySplit' }]);
    world.ignored = [];
    await judged.until(() => world.track.splitConfirmed);
    expect(world.inForce).toEqual(world.track.split);
  }

  test.each([20, 2 * MINUTE])('for %i s does not speak against a good candidate', async (seconds) => {
    const judged = await JudgedByPrometheus.start();
    await drift(judged, seconds);
    await judged.until(() => judged.world.track.active === null);
    expect(judged.world.track.stable).toBe(idOf('v2'));
    expect(begins(judged)).toEqual([]);
  });

  test('speaks against a bad one as it does at any other time', async () => {
    const judged = await JudgedByPrometheus.start();
    judged.errorRate = { v1: 0.005, v2: 0.05 };
    await drift(judged, 20);
    await judged.until(() => judged.world.track.active === null);
    expect(judged.world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'judge' } });
  });
});

test('a component that calls a bad release of another one, released together with it, is not blamed for it', async () => {
  const [web, api] = [await JudgedByPrometheus.start(), await JudgedByPrometheus.start()];
  const ownFailures = 0.005;
  api.errorRate = { v1: ownFailures, v2: 0.3 };
  const worst = { ofWeb: 0 };
  while (web.world.track.active !== null || api.world.track.active !== null) {
    // Whatever of web calls api, it gets either revision of it, and fails with it.
    const fromApi = ownFailures + 0.3 * (share(api) / 10_000);
    web.errorRate = { v1: fromApi, v2: fromApi };
    worst.ofWeb = Math.max(worst.ofWeb, fromApi);
    await Promise.all([web.pass(1), api.pass(1)]);
  }
  expect(worst.ofWeb).toBeGreaterThan(0.07);
  expect(api.world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'judge' } });
  expect(web.world.track.stable).toBe(idOf('v2'));
  expect(begins(web)).toEqual([]);
});
