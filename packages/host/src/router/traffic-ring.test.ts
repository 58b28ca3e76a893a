import { trafficReplySchema } from '@sluice/protocol/host/host-schema.ts';
import { expect, it } from 'vitest';
import { KEPT_SECONDS, TrafficRing } from './traffic-ring.ts';
import type { FinishedSecond } from './worker-message.ts';

const counts = (requests: number, latency: [number, number][] = [[10, requests]]) => ({
  requests,
  errors: 1,
  latency,
  statuses: [0, requests - 1, 0, 0, 1, 0],
  trials: 2,
  goals: 1,
  mirrorMismatches: 0,
});

const second = (
  at: number,
  arms: FinishedSecond['arms'],
  rest: Partial<FinishedSecond> = {},
): FinishedSecond => ({
  kind: 'second',
  at,
  completeUntil: at + 1_000,
  arms,
  refused: 0,
  unmirrored: 0,
  ...rest,
});

const everything = { sinceMs: 0, limit: 1_000, completeUntilMs: 1_000_000_000 };

it('adds up what several workers counted in one second', () => {
  const ring = new TrafficRing(0);
  ring.add(
    second(
      5_000,
      [
        [
          't',
          'v1',
          counts(3, [
            [10, 2],
            [20, 1],
          ]),
        ],
      ],
      { refused: 1 },
    ),
  );
  ring.add(
    second(
      5_000,
      [
        [
          't',
          'v1',
          counts(4, [
            [5, 1],
            [20, 3],
          ]),
        ],
        ['t', 'v2', counts(1)],
      ],
      { refused: 2 },
    ),
  );
  const reply = ring.read('t', everything);
  expect(trafficReplySchema.parse(reply)).toEqual(reply);
  expect(reply.refused).toBe(3);
  expect(reply.seconds).toEqual([
    {
      at: 5_000,
      arms: {
        v1: {
          requests: 7,
          errors: 2,
          latency: [
            [5, 1],
            [10, 2],
            [20, 4],
          ],
          statuses: [0, 5, 0, 0, 2, 0],
          trials: 4,
          goals: 2,
          mirrorMismatches: 0,
        },
        v2: counts(1),
      },
    },
  ]);
});

it('gives only seconds that are complete and asked for, oldest first, up to the limit', () => {
  const ring = new TrafficRing(0);
  for (const at of [8_000, 5_000, 7_000, 6_000]) ring.add(second(at, [['t', 'v1', counts(1)]]));
  const ats = (sinceMs: number, limit: number, completeUntilMs: number): number[] =>
    ring.read('t', { sinceMs, limit, completeUntilMs }).seconds.map(({ at }) => at);
  expect(ats(5_001, 9, 8_999)).toEqual([6_000, 7_000]);
  expect(ats(0, 2, 9_000)).toEqual([5_000, 6_000]);
  expect(ring.read('other', everything).seconds).toEqual([]);
});

it('keeps the last 900 s and says since when', () => {
  const ring = new TrafficRing(10_500);
  ring.add(second(11_000, [['t', 'v1', counts(1)]]));
  expect(ring.read('t', { ...everything, completeUntilMs: 12_000 }).keptSince).toBe(11_000);
  const late = 11_000 + (KEPT_SECONDS + 1) * 1_000;
  ring.add(second(late, [['t', 'v1', counts(1)]]));
  const reply = ring.read('t', { ...everything, completeUntilMs: late + 1_000 });
  expect(reply.seconds.map(({ at }) => at)).toEqual([late]);
  expect(reply.keptSince).toBe(late + 1_000 - KEPT_SECONDS * 1_000);
});

it('takes the earlier counts of orphaned workers, and forgets a track that is removed', () => {
  const ring = new TrafficRing(20_000);
  ring.add(second(15_000, [['t', 'v1', counts(1)]]));
  expect(ring.read('t', { ...everything, completeUntilMs: 21_000 })).toMatchObject({
    keptSince: 15_000,
    seconds: [{ at: 15_000 }],
  });
  ring.forget('t');
  expect(ring.read('t', everything).seconds).toEqual([]);
});
