import { EventEmitter, once } from 'node:events';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { type MeasurementDesk, measurementDesk, type MeasurementOrder } from './measurement-desk.ts';
import type { AskPrometheus } from './measurement-ports.ts';
import { testContext, testPorts, testQuery, testSpec } from './testing/measurement-at-hand.ts';

const TRACK = trackId('shop', 'test', 'web');

interface Asked {
  readonly address: string;
  readonly query: string;
  readonly signal: AbortSignal;
  answer(value: number): void;
}

let asked: Asked[];
let bell: EventEmitter;
let desk: MeasurementDesk;
let now: number;

const askPrometheus: AskPrometheus = ({ connection, query }, signal) =>
  new Promise((resolve) => {
    const answer = (value: number) => resolve({ ok: true, result: [value], warnings: [] });
    asked.push({ address: connection.address, query, signal, answer });
  });

beforeEach(() => {
  asked = [];
  now = 100;
  bell = new EventEmitter();
  desk = measurementDesk({
    ...testPorts({ askPrometheus, now: () => now }),
    finished: (...whose) => bell.emit('finished', whose),
  });
});

const order = (
  changes: Partial<MeasurementOrder> = {},
  query = 'up',
  address = 'http://one',
): MeasurementOrder => ({
  tenant: 'default',
  track: TRACK,
  key: 'ro-1/3',
  dueAt: 100,
  spec: testSpec(testQuery({ query, address })),
  context: testContext(),
  ...changes,
});
/** Lets everything happen that waits for nothing. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const atOnce = async (): Promise<readonly string[]> => {
  await settle();
  return asked.map(({ query }) => query);
};

describe('the desk', () => {
  it('begins when it is asked, says when it is done, and keeps what came out', async () => {
    const finished = once(bell, 'finished');
    expect(desk.ask(order())).toBeNull();
    await settle();
    now = 250;
    asked[0]?.answer(0.97);
    expect(await finished).toEqual([['default', TRACK]]);
    const kept = {
      outcome: 'success',
      value: '[0.97]',
      key: 'ro-1/3',
      name: 'success-rate',
      dueAt: 100,
      startedAt: 100,
      finishedAt: 250,
    };
    expect(desk.ask(order())).toMatchObject(kept);
    expect(desk.ask(order())).toMatchObject(kept);
  });

  it('measures once for one due moment, and again for the next', async () => {
    desk.ask(order());
    desk.ask(order());
    expect(await atOnce()).toHaveLength(1);
    desk.ask(order({ dueAt: 200 }));
    desk.ask(order({ key: 'ro-2/3' }));
    expect(await atOnce()).toHaveLength(3);
  });

  it('asks one place a few questions at a time, and nobody else waits for one that hangs', async () => {
    for (let dueAt = 1; dueAt <= 6; dueAt++) desk.ask(order({ dueAt }, `hung ${dueAt}`, 'http://hung'));
    desk.ask(order({}, 'well', 'http://well'));
    expect(await atOnce()).toEqual(['hung 1', 'hung 2', 'hung 3', 'hung 4', 'well']);
    const finished = once(bell, 'finished');
    asked[0]?.answer(1);
    await finished;
    expect(await atOnce()).toEqual(['hung 1', 'hung 2', 'hung 3', 'hung 4', 'well', 'hung 5']);
  });

  it('has so many under way in all, and goes on with the oldest', async () => {
    for (let at = 0; at < 70; at++) desk.ask(order({ dueAt: at }, `query ${at}`, `http://place${at}`));
    expect(await atOnce()).toHaveLength(64);
    const finished = once(bell, 'finished');
    asked[7]?.answer(1);
    await finished;
    expect((await atOnce()).at(-1)).toBe('query 64');
  });

  it('forgets what belongs to a rollout that is over, and calls off what is under way', async () => {
    desk.ask(order());
    desk.ask(order({ key: 'ro-2/1' }));
    await settle();
    desk.forget('default', TRACK, 'ro-1/3');
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    asked[0]?.answer(0);
    await settle();
    expect(desk.ask(order())).toBeNull();
    expect(await atOnce()).toHaveLength(3);
  });

  it('stops: what is under way is called off, and nothing begins any more', async () => {
    desk.ask(order());
    await settle();
    await desk.stop();
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(desk.ask(order({ dueAt: 200 }))).toBeNull();
    expect(await atOnce()).toHaveLength(1);
  });
});
