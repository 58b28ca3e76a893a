import { expect, it } from 'vitest';
import type { Behaviour } from './behaviour.ts';
import { type Pace, type RestartPolicy, beginLife, lifeAt } from './pod-life.ts';

const plain: Behaviour = {
  startAfterMs: null,
  readyAfterMs: 0,
  crash: null,
  exitCode: null,
  pullFailure: null,
  runForMs: null,
  stopAfterMs: null,
};
const pace: Pace = { startMs: 300, backOffMs: 1000, stopMs: 0 };

const at = (ms: number, behaviour: Partial<Behaviour>, policy: RestartPolicy = 'Always') =>
  lifeAt(beginLife(0), { ...plain, ...behaviour }, pace, policy, ms);

it('a pod runs and is ready after the delay of the player', () => {
  expect(at(299, {})).toMatchObject({ life: { stage: 'starting', ready: false }, nextAt: 300 });
  expect(at(300, {}).life).toMatchObject({ stage: 'running', ready: true, restarts: 0 });
});

it('a pod can take longer to get ready than to run', () => {
  expect(at(400, { readyAfterMs: 500 })).toMatchObject({
    life: { stage: 'running', ready: false },
    nextAt: 800,
  });
  expect(at(800, { readyAfterMs: 500 }).life.ready).toBe(true);
});

it('a pod that is never to be ready runs and nothing more happens', () => {
  expect(at(60_000, { readyAfterMs: null })).toMatchObject({
    life: { stage: 'running', ready: false },
    nextAt: Number.POSITIVE_INFINITY,
  });
});

it('a pod that is told while it runs to be unready loses its readiness', () => {
  const ready = at(300, {}).life;
  expect(lifeAt(ready, { ...plain, readyAfterMs: null }, pace, 'Always', 400).life.ready).toBe(false);
});

it('an image that cannot be pulled is told by two reasons, and a pod whose image comes back runs', () => {
  const failing = { pullFailure: 'ErrImagePull' };
  expect(at(300, failing).life.stage).toBe('pull-failed');
  expect(at(1300, failing)).toMatchObject({
    life: { stage: 'pull-backing-off' },
    nextAt: Number.POSITIVE_INFINITY,
  });
  expect(lifeAt(at(1300, failing).life, plain, pace, 'Always', 1400).life.stage).toBe('running');
});

it('a crash loop starts again at once, and then after pauses that double', () => {
  const looping = { crash: { kind: 'loop', afterMs: 100 } } as const;
  const { passed } = at(10_000, looping);
  const pauses = passed.filter(({ stage }) => stage === 'crash-backing-off').map(({ since }) => since);
  expect(pauses).toEqual([500, 1600, 3700, 7800]);
  expect(at(500, looping).life).toMatchObject({ restarts: 1, last: { exitCode: 1 } });
  expect(at(1500, looping).life).toMatchObject({ stage: 'running', restarts: 2 });
});

it('a pod that crashes once runs on with one restart', () => {
  expect(at(9000, { crash: { kind: 'once', afterMs: 100 } })).toMatchObject({
    life: { stage: 'running', ready: true, restarts: 1 },
    nextAt: Number.POSITIVE_INFINITY,
  });
});

it('the pod of a job ends for good when it may not be started again', () => {
  expect(at(400, { runForMs: 100 }, 'OnFailure').life).toMatchObject({
    stage: 'ended',
    last: { exitCode: 0 },
  });
  expect(at(400, { runForMs: 100, exitCode: 3 }, 'Never').life).toMatchObject({
    stage: 'ended',
    last: { exitCode: 3 },
  });
  expect(at(400, { runForMs: 100, exitCode: 3 }, 'OnFailure').life).toMatchObject({
    stage: 'running',
    restarts: 1,
  });
});
