import { describe, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { WorkerHello } from './worker-hello.ts';
import { boardedDesk, WorkerBoard } from './worker-board.ts';

const QUEUE = trackId('shop', 'production', 'agent');
const named = (worker: string, revision = 'agent-1'): WorkerHello => ({
  ...{ tenant: 'default', worker, queue: QUEUE, revision: revisionId(revision), abilities: [] },
});

/** A board with some workers, and a clock that stands still. */
const boardOf = (...names: readonly string[]) => {
  let [now, attempts] = [1_000_000, 0];
  const board = new WorkerBoard(() => now);
  for (const name of names) board.joined(named(name));
  const work = (worker: string, count: number, hasFailed = false, durationMs = 100): void => {
    for (let one = 0; one < count; one++) {
      now += 1;
      const attempt = `t ${++attempts}`;
      board.given(named(worker), attempt);
      board.ended(named(worker), attempt, { hasFailed, durationMs });
    }
  };
  const turn = (ms: number): void => {
    now += ms;
  };
  const room = (worker: string): number => board.roomOf(named(worker), 4);
  return { board, work, turn, room, health: (worker: string) => board.healthOf(named(worker)) };
};

describe('a worker that fails where its peers do not', () => {
  it('gets nothing for a while, then one task, and all again when that goes well', () => {
    const { work, turn, room, health } = boardOf('a', 'b', 'c');
    for (const well of ['a', 'b']) work(well, 20);
    work('c', 6, true);
    expect([room('a'), room('c'), health('c')]).toEqual([4, 0, 'ejected']);
    turn(15_000);
    expect([room('c'), health('c')]).toEqual([1, 'probed']);
    work('c', 1);
    expect([room('c'), health('c')]).toEqual([4, 'well']);
  });

  it('gets one task at a time while it is probed, and waits for twice as long when that fails', () => {
    const { board, work, turn, room } = boardOf('a', 'b', 'c');
    for (const well of ['a', 'b']) work(well, 20);
    work('c', 6, true);
    turn(15_000);
    board.given(named('c'), 'probe 1');
    expect(room('c')).toBe(0);
    board.withdrawn(named('c'), 'probe 1');
    expect(room('c')).toBe(1);
    work('c', 1, true);
    turn(29_990);
    expect(room('c')).toBe(0);
    turn(20);
    expect(room('c')).toBe(1);
  });

  it('is left in where that would leave out more than a third, and where all fail', () => {
    const few = boardOf('a', 'b');
    few.work('a', 20);
    few.work('b', 10, true);
    expect(few.room('b')).toBe(4);
    const all = boardOf('a', 'b', 'c');
    for (let turn = 0; turn < 10; turn++) for (const name of ['a', 'b', 'c']) all.work(name, 1, true);
    expect(['a', 'b', 'c'].map(all.room)).toEqual([4, 4, 4]);
    const half = boardOf('a', 'b', 'c', 'd', 'e', 'f');
    for (const well of ['a', 'b', 'c']) half.work(well, 30);
    for (const bad of ['d', 'e', 'f']) half.work(bad, 8, true);
    expect(['d', 'e', 'f'].filter((name) => half.room(name) === 0).length).toBeLessThanOrEqual(2);
  });

  it('is compared with those of its own revision alone, and as it was lately', () => {
    const { board, work, turn, room } = boardOf('a', 'b', 'c');
    for (const other of ['x', 'y']) {
      board.joined(named(other, 'agent-2'));
      for (let one = 0; one < 20; one++)
        board.ended(named(other, 'agent-2'), `o ${one}`, { hasFailed: false, durationMs: 1 });
    }
    work('c', 10, true);
    expect(room('c')).toBe(4);
    turn(120_000);
    for (const well of ['a', 'b']) work(well, 20);
    work('c', 2, true);
    expect(room('c')).toBe(4);
    work('c', 4, true);
    expect(room('c')).toBe(0);
  });

  it('is known when it comes back', () => {
    const { board, work, room } = boardOf('a', 'b', 'c');
    for (const well of ['a', 'b']) work(well, 20);
    work('c', 6, true);
    board.left(named('c'));
    board.joined(named('c'));
    expect(room('c')).toBe(0);
  });
});

it('whoever is quicker than its peers gets more, by its capacity', () => {
  const { board, work } = boardOf('quick', 'slow');
  expect(board.weightOf(named('quick'), 3)).toBe(3);
  work('quick', 10, false, 50);
  work('slow', 10, false, 200);
  expect(board.weightOf(named('quick'), 2)).toBeGreaterThan(4);
  expect(board.weightOf(named('slow'), 2)).toBeLessThan(1);
});

it('whoever had one long task is not taken for slow', () => {
  const { board, work } = boardOf('one', 'other');
  work('one', 20, false, 100);
  work('other', 19, false, 100);
  work('other', 1, false, 10_000);
  expect(board.weightOf(named('other'), 4)).toBe(4);
  expect(board.weightOf(named('one'), 4)).toBeCloseTo(4, 0);
});

it('a desk tells its board of every attempt that counts, and of nothing else', async () => {
  const { board, room, turn } = boardOf('a', 'b');
  let isCounted = true;
  const desk = boardedDesk(
    {
      welcome: () => ({
        ...{ want: () => undefined, beat: () => undefined, close: () => undefined },
        resume: async () => new Map(),
        end: async () => isCounted,
      }),
    },
    board,
    () => 0,
  );
  for (const well of ['a', 'b'])
    for (let one = 0; one < 20; one++)
      board.ended(named(well), `w ${one}`, { hasFailed: false, durationMs: null });
  const visit = desk.welcome(named('c'), { assign: () => undefined, revoke: () => undefined });
  const failed = { kind: 'failed', failureClass: 'crash', message: 'no', retryAfterMs: null } as const;
  isCounted = false;
  for (let one = 0; one < 9; one++) await visit.end('t', one, failed);
  isCounted = true;
  for (let one = 0; one < 9; one++) await visit.end('t', one, { kind: 'returned' });
  expect(room('c')).toBe(4);
  for (let one = 0; one < 6; one++) await visit.end('t', one, failed);
  expect(room('c')).toBe(0);
  visit.close();
  visit.close();
  turn(1);
  expect(room('a')).toBe(4);
});
