import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  afterCall,
  afterNoWord,
  askBreaker,
  type Breaker,
  type BreakerPolicy,
  breakerStateAt,
  CLOSED_BREAKER,
  DEFAULT_BREAKER,
} from './circuit-breaker.ts';

const POLICY: BreakerPolicy = { ...DEFAULT_BREAKER, least: 4, openMs: 1_000, longestMs: 4_000, probeMs: 500 };

/** Calls one after the other: `+` succeeds and `-` fails, a second apart. */
function after(ends: string, breaker: Breaker = CLOSED_BREAKER, from = 1_000_000): Breaker {
  return ends.split('').reduce((now: Breaker, end, at) => {
    const ended = { now: from + at * 1_000, hasFailed: end === '-', isProbe: false };
    return afterCall(POLICY, now, ended);
  }, breaker);
}
const OPEN = after('----');
const until = OPEN.state === 'open' ? OPEN.until : 0;
const probe = (breaker: Breaker, at: number, hasFailed: boolean): Breaker => {
  const asked = askBreaker(POLICY, breaker, at);
  expect(asked).toMatchObject({ isAdmitted: true, isProbe: true });
  return asked.isAdmitted ? afterCall(POLICY, asked.breaker, { now: at, hasFailed, isProbe: true }) : breaker;
};

it.each([
  ['', 'closed'],
  ['---', 'closed'],
  ['----', 'open'],
  ['++--', 'open'],
  ['+++++--', 'closed'],
  ['--++', 'closed'],
])('after the calls "%s" it is %s', (ends, state) => {
  expect(after(ends).state).toBe(state);
});

it('forgets what is older than two windows', () => {
  const old = after('---');
  expect(after('-', old, 1_000_000 + 10 * POLICY.windowMs).state).toBe('closed');
  expect(after('-', old, 1_000_000 + POLICY.windowMs + 5_000).state).toBe('open');
});

it('lets nothing pass while it is open, and says when to ask again', () => {
  expect(askBreaker(POLICY, OPEN, until - 1)).toEqual({ isAdmitted: false, retryAt: until });
  expect(breakerStateAt(OPEN, until - 1)).toBe('open');
  expect(breakerStateAt(OPEN, until)).toBe('half-open');
});

it('lets one probe pass at a time, and another one when nothing is heard of it', () => {
  const first = askBreaker(POLICY, OPEN, until);
  expect(first).toMatchObject({ isAdmitted: true, isProbe: true });
  if (!first.isAdmitted) return;
  expect(askBreaker(POLICY, first.breaker, until + 499)).toEqual({
    isAdmitted: false,
    retryAt: until + 500,
  });
  expect(askBreaker(POLICY, first.breaker, until + 500)).toMatchObject({ isAdmitted: true, isProbe: true });
  const silent = afterNoWord(first.breaker, { isProbe: true });
  expect(askBreaker(POLICY, silent, until + 1)).toMatchObject({ isAdmitted: true, isProbe: true });
});

it('closes after its probes, and begins to count anew', () => {
  const closed = probe(OPEN, until, false);
  expect(closed.state).toBe('closed');
  expect(after('---', closed, until).state).toBe('closed');
});

it('stays open twice as long after each probe that fails, up to the longest', () => {
  let breaker = OPEN;
  const lengths = [1, 2, 3, 4].map(() => {
    const at = breaker.state === 'open' ? breaker.until : 0;
    breaker = probe(breaker, at, true);
    return breaker.state === 'open' ? breaker.until - at : 0;
  });
  expect(lengths).toEqual([2_000, 4_000, 4_000, 4_000]);
});

it('is not closed, nor kept open, by calls that began before it opened', () => {
  const asked = askBreaker(POLICY, OPEN, until);
  if (!asked.isAdmitted) throw new TypeError('a probe may go');
  const late = { now: until, isProbe: false };
  expect(afterCall(POLICY, asked.breaker, { ...late, hasFailed: false })).toBe(asked.breaker);
  expect(afterCall(POLICY, asked.breaker, { ...late, hasFailed: true })).toBe(asked.breaker);
  expect(afterCall(POLICY, OPEN, { ...late, hasFailed: false })).toBe(OPEN);
});

it('never stays shut for longer than its policy says, whatever happened', () => {
  const call = fc.record({ pauseMs: fc.nat(10_000), hasFailed: fc.boolean(), isHeard: fc.boolean() });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
      let breaker = CLOSED_BREAKER;
      let now = 1_000_000;
      for (const { pauseMs, hasFailed, isHeard } of calls) {
        now += pauseMs;
        const asked = askBreaker(POLICY, breaker, now);
        if (!asked.isAdmitted) {
          expect(asked.retryAt - now).toBeLessThanOrEqual(POLICY.longestMs);
          expect(askBreaker(POLICY, breaker, asked.retryAt).isAdmitted).toBe(true);
          continue;
        }
        breaker = asked.breaker;
        if (isHeard) breaker = afterCall(POLICY, breaker, { now, hasFailed, isProbe: asked.isProbe });
      }
    }),
  );
});
