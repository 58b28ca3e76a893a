import { expect, test } from 'vitest';
import { seededRandom } from '../../kernel/prng.ts';
import { paceAfter, paceBeside, UNKNOWN_PACE, type WorkerPace } from './worker-pace.ts';

const random = seededRandom(7);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
/** Durations as model calls have them: the median is 4 s, one in a hundred takes 100 s. */
const paceOf = (attempts: number, times: number, from: WorkerPace = UNKNOWN_PACE): WorkerPace =>
  Array.from({ length: attempts }).reduce<WorkerPace>(
    (pace) => paceAfter(pace, times * 4_000 * Math.exp(1.4 * normal())),
    from,
  );
const PEERS = Math.log(4_000);

test('a worker that is not known, or has no peers, is as quick as any', () => {
  expect(paceBeside(UNKNOWN_PACE, PEERS)).toBe(1);
  expect(paceBeside(paceOf(40, 4), null)).toBe(1);
});

test('workers that are alike are taken for alike, however much durations spread', () => {
  const paces = Array.from({ length: 500 }, () => paceBeside(paceOf(30, 1), PEERS));
  expect(paces.filter((pace) => pace === 1).length).toBeGreaterThan(450);
  expect(Math.max(...paces.map((pace) => Math.abs(Math.log(pace))))).toBeLessThan(0.7);
});

test('a worker that takes four times as long is known within some twenty tasks, and forgotten when it has recovered', () => {
  const slow = paceOf(25, 4);
  expect(paceBeside(slow, PEERS)).toBeLessThan(0.7);
  expect(paceBeside(paceOf(200, 4), PEERS)).toBeLessThan(0.6);
  expect(paceBeside(paceOf(200, 1, slow), PEERS)).toBeGreaterThan(0.8);
});

test('nobody gets more than four times as much as its peers, or less than a quarter', () => {
  expect(paceBeside(paceOf(100, 0.001), PEERS)).toBe(4);
  expect(paceBeside(paceOf(100, 1_000), PEERS)).toBe(0.25);
});

test('one long task says nothing', () => {
  const before = paceOf(30, 1);
  const after = paceAfter(before, 400_000);
  expect(Math.abs(Math.log(paceBeside(after, PEERS)))).toBeLessThan(0.3);
});

test('durations of nothing are no fault', () => {
  expect(paceBeside(paceAfter(UNKNOWN_PACE, 0), 0)).toBe(1);
});
