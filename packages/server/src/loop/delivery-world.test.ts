import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { decide } from '@sluice/core/rollout/decide.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { stableWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import { noMachine } from '../places/no-machine.ts';
import type { Place } from '../places/places.ts';
import type { BaselineSource } from './baseline-source.ts';
import { deliveryWorld } from './delivery-world.ts';
import { FakeMetrics } from './testing/fake-metrics.ts';
import type { World } from './world.ts';

let track: TrackState;

beforeEach(() => {
  const world = stableWorld('v1');
  world.baselineUp = false;
  world.release('v2');
  world.look();
  track = world.track;
});

/** A world in which nothing runs, and in which only the source of baselines matters. */
function worldWith(baselines: BaselineSource): World {
  const done = async () => undefined;
  const { target, router, asking } = noMachine();
  const place: Place = {
    target: { ...target, observe: async () => ({}) },
    router: { ...router, observe: async () => null },
    metrics: new FakeMetrics(),
    asking,
  };
  return deliveryWorld({
    store: { revision: async () => null },
    trackPlaces: { ofTrack: async () => place, ofRevision: async () => place },
    baselines,
    checks: { start: done, stop: done },
    measurements: { ask: () => null },
    now: () => 1_000_000,
    log: pino({ level: 'silent' }),
  });
}

it('sees why there is no baseline, so that the explanation can say it', async () => {
  const world = worldWith({
    freeze: async () => {
      throw new SluiceError('unreachable', 'Prometheus at http://10.0.0.9:9090 cannot be reached', {
        next: 'retry',
      });
    },
  });
  const observation = await world.observe('main', track);
  expect(observation.baseline).toEqual({
    kind: 'unreachable',
    message: 'Prometheus at http://10.0.0.9:9090 cannot be reached',
  });
  expect(decide(track, observation).explanation.waitingFor).toMatch(
    /^the baseline of v1, .*; it does not answer: Prometheus at http:\/\/10\.0\.0\.9:9090 cannot be reached$/,
  );
});
