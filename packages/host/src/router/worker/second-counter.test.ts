import { bucketOf } from '@sluice/core/analysis/histogram.ts';
import { expect, it } from 'vitest';
import type { FinishedSecond } from '../worker-message.ts';
import { SecondCounter } from './second-counter.ts';

function start(): { counter: SecondCounter; shipped: FinishedSecond[]; at: (ms: number) => void } {
  let now = 5_400;
  const shipped: FinishedSecond[] = [];
  const counter = new SecondCounter(
    (second) => shipped.push(second),
    () => now,
  );
  return { counter, shipped, at: (ms) => (now = ms) };
}

it('ships a second with its counts, and says up to when everything has been sent', () => {
  const { counter, shipped, at } = start();
  const counts = counter.countsOf('a/b/c', 'v1');
  counts.answered(200, 3);
  counts.answered(503, 4);
  counts.answered(499, 3);
  counts.unanswered(100);
  counts.tried();
  counts.reachedGoal();
  counts.mirrorDiffered();
  counter.refused();
  counter.unmirrored();
  at(6_001);
  counter.flush();
  expect(shipped).toEqual([
    {
      kind: 'second',
      at: 5_000,
      completeUntil: 6_000,
      arms: [
        [
          'a/b/c',
          'v1',
          {
            requests: 4,
            errors: 2,
            latency: [
              [bucketOf(3), 2],
              [bucketOf(4), 1],
              [bucketOf(100), 1],
            ],
            statuses: [0, 1, 0, 1, 1, 1],
            trials: 1,
            goals: 1,
            mirrorMismatches: 1,
          },
        ],
      ],
      refused: 1,
      unmirrored: 1,
    },
  ]);
});

it('begins the next second at 0', () => {
  const { counter, shipped, at } = start();
  counter.countsOf('t', 'v1').answered(200, 1);
  at(6_000);
  counter.flush();
  at(7_000);
  counter.flush();
  expect(shipped[1]).toMatchObject({ at: 6_000, completeUntil: 7_000, arms: [], refused: 0 });
});

it('ships what it has in the middle of a second without calling the second complete', () => {
  const { counter, shipped, at } = start();
  counter.countsOf('t', 'v1').answered(200, 1);
  at(5_900);
  counter.flush();
  expect(shipped[0]).toMatchObject({ at: 5_000, completeUntil: 5_000, arms: [['t', 'v1', { requests: 1 }]] });
});

it('forgets revisions that nobody serves any more, and never what it has counted', () => {
  const { counter, shipped } = start();
  const [gone, counting] = [counter.countsOf('t', 'gone'), counter.countsOf('t', 'counting')];
  counting.answered(200, 1);
  counter.forgetUnused(() => false);
  expect(counter.countsOf('t', 'gone')).not.toBe(gone);
  expect(counter.countsOf('t', 'counting')).toBe(counting);
  counter.flush();
  expect(shipped[0]?.arms).toHaveLength(1);
});
