import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  ENDED,
  hasEnded,
  statesFor,
  TASK_TABLE,
  type TaskEventKind,
  type TaskState,
} from './task-state.ts';

const STATES = Object.keys(TASK_TABLE) as TaskState[];
const EVENTS = Object.keys(TASK_TABLE.waiting) as TaskEventKind[];

describe('the table of tasks', () => {
  it('has a word for every event in every state', () => {
    for (const state of STATES) expect(Object.keys(TASK_TABLE[state])).toEqual(EVENTS);
  });

  it('leaves no end but by a redrive of a dead letter', () => {
    const left = ENDED.flatMap((state) => EVENTS.filter((event) => TASK_TABLE[state][event].length > 0));
    expect(left).toEqual(['redriven']);
  });

  it('lets a deadline and a person end whatever has not ended', () => {
    for (const state of STATES.filter((one) => !hasEnded(one))) {
      expect(TASK_TABLE[state].expired).toEqual(['dead']);
      expect(TASK_TABLE[state].cancelled).toEqual(['cancelled']);
    }
  });

  it('lets only a lease make a task run, and only from where it waits', () => {
    const ways = STATES.flatMap((state) =>
      EVENTS.filter((event) => TASK_TABLE[state][event].includes('running')).map((event) => [state, event]),
    );
    expect(ways).toEqual([['waiting', 'leased']]);
  });

  it('brings every task that can run to an end', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 40 }), (picks) => {
        let state: TaskState = 'waiting';
        for (const pick of picks) {
          const ways: TaskState[] = EVENTS.flatMap((event) => TASK_TABLE[state][event]);
          if (ways.length > 0) state = ways[pick % ways.length] ?? state;
        }
        const ways = EVENTS.flatMap((event) => TASK_TABLE[state][event]);
        expect(hasEnded(state) || ways.some(hasEnded)).toBe(true);
      }),
    );
  });

  it('says where an event may come', () => {
    expect(statesFor('leased')).toEqual(['waiting']);
    expect(statesFor('cancelled')).toEqual(['blocked', 'scheduled', 'waiting', 'running']);
  });

  it('refuses in words what it does not allow', () => {
    expect(allowed('waiting', 'leased', 'running')).toEqual({ ok: true, value: 'running' });
    expect(allowed('succeeded', 'cancelled', 'cancelled')).toMatchObject({
      ok: false,
      refusal: {
        code: 'not-possible',
        message: expect.stringContaining('succeeded cannot become cancelled'),
      },
    });
  });
});
