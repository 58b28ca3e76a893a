import { expect, test } from 'vitest';
import { addressReader, NO_PROXIES, parseProxies } from './address-of.ts';
import { Buckets } from './buckets.ts';
import { Flights } from './flights.ts';
import { Guesses } from './guesses.ts';
import { requestLimiter } from './request-limiter.ts';
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from './request-limits.ts';

const ADA = { caller: 'default person:ada', organisation: 'default' };
const BEN = { caller: 'default person:ben', organisation: 'default' };
const EVE = { caller: 'other person:eve', organisation: 'other' };

function limiterWith(limits: { rates?: Partial<RequestLimits['rates']> }) {
  const clock = { now: 1_000_000 };
  const rates = { ...DEFAULT_REQUEST_LIMITS.rates, ...limits.rates };
  const parts = { trusted: NO_PROXIES, now: () => clock.now };
  return { clock, limiter: requestLimiter({ ...DEFAULT_REQUEST_LIMITS, rates }, parts) };
}

test('a caller has a limit of their own, and an organisation one for all of its callers', () => {
  const { limiter, clock } = limiterWith({ rates: { reads: { caller: 1, organisation: 2 } } });
  const refusedBy = (asker: typeof ADA) =>
    limiter.ask('reads', asker).find(({ allowance }) => !allowance.allowed)?.of ?? null;
  const many = (asker: typeof ADA) => Array.from({ length: 11 }, () => refusedBy(asker));
  expect(many(ADA)).toEqual([...Array(10).fill(null), 'caller']);
  expect(many(BEN)).toEqual([...Array(10).fill(null), 'caller']);
  expect(refusedBy({ caller: 'default token:ci', organisation: 'default' })).toBe('organisation');
  expect(refusedBy(EVE)).toBeNull();
  expect(limiter.ask('changes', ADA)).toHaveLength(2);
  clock.now += 500;
  // Half a second gives the organisation one back, and Ada none yet; what she is refused costs the organisation nothing.
  expect(refusedBy(ADA)).toBe('caller');
  expect(refusedBy({ caller: 'default token:ci', organisation: 'default' })).toBeNull();
});

test('what is lifted is not counted', () => {
  const { limiter } = limiterWith({ rates: { reads: null, guesses: null } });
  expect(limiter.ask('reads', ADA)).toEqual([]);
  for (let tried = 0; tried < 100; tried += 1)
    limiter.guessed('10.0.0.1', { bearer: 'x', session: null }, false);
  expect(limiter.guessWaitMs('10.0.0.1', { bearer: 'y', session: null })).toBe(0);
});

test('of how many callers something is remembered is bounded, and who has not asked for longest is forgotten', () => {
  const buckets = new Buckets({ perSecond: 1, burst: 1 }, 100);
  const take = (key: string) => {
    const found = buckets.look(key, 0);
    if (found.allowed) buckets.keep(key, found);
    return found.allowed;
  };
  expect(take('ada')).toBe(true);
  for (let at = 0; at < 99; at += 1) take(`stranger ${at}`);
  expect(take('ada')).toBe(false);
  for (let at = 0; at < 10_000; at += 1) take(`other ${at}`);
  expect(buckets.size).toBe(100);
  expect(take('ada')).toBe(true);
});

test('what is under way is counted for caller and organisation until it ends, and ends once', () => {
  const inFlight = { ...DEFAULT_REQUEST_LIMITS.inFlight, requests: { caller: 2, organisation: 3 } };
  const flights = new Flights(inFlight);
  const ends = [flights.begin('requests', ADA), flights.begin('requests', ADA)];
  expect(flights.begin('requests', ADA)).toBe('caller');
  ends.push(flights.begin('requests', BEN));
  expect(flights.begin('requests', BEN)).toBe('organisation');
  expect(typeof flights.begin('requests', EVE)).toBe('function');
  expect(typeof flights.begin('work', ADA)).toBe('function');
  const [first] = ends;
  if (typeof first !== 'function') throw new Error('it was refused');
  first();
  first();
  expect(typeof flights.begin('requests', BEN)).toBe('function');
  expect(flights.begin('requests', ADA)).toBe('organisation');
});

test('nothing is remembered of what has ended', () => {
  const flights = new Flights(DEFAULT_REQUEST_LIMITS.inFlight);
  const end = flights.begin('requests', ADA);
  expect(flights.size).toBe(2);
  if (typeof end === 'function') end();
  expect(flights.size).toBe(0);
});

const bearer = (text: string) => ({ bearer: text, session: null });

test('whoever guesses has to wait, and nobody else at their address who was let in before', () => {
  const guesses = new Guesses(new Buckets({ perSecond: 1, burst: 3 }));
  guesses.seen('10.0.0.1', bearer('right'), true, 0);
  for (let tried = 0; tried < 3; tried += 1) {
    const wrong = bearer(`wrong ${tried}`);
    expect(guesses.waitFor('10.0.0.1', wrong, 0)).toBe(0);
    guesses.seen('10.0.0.1', wrong, false, 0);
  }
  const waiting = bearer('wrong 3');
  expect(guesses.waitFor('10.0.0.1', waiting, 0)).toBe(1000);
  // Whoever looks at the same request a moment later says the same of it.
  expect(guesses.waitFor('10.0.0.1', waiting, 5_000)).toBe(1000);
  expect(guesses.waitFor('10.0.0.1', bearer('right'), 0)).toBe(0);
  expect(guesses.waitFor('10.0.0.1', { bearer: null, session: 'right' }, 0)).toBe(1000);
  expect(guesses.waitFor('10.0.0.2', bearer('wrong 3'), 0)).toBe(0);
  expect(guesses.waitFor('10.0.0.1', bearer('wrong 3'), 1_000)).toBe(0);
  guesses.seen('10.0.0.1', bearer('right'), false, 0);
  expect(guesses.waitFor('10.0.0.1', bearer('right'), 0)).toBe(1000);
});

test('of a bounded number it is remembered that they were right', () => {
  const guesses = new Guesses(new Buckets({ perSecond: 1, burst: 1 }), 2);
  for (const text of ['a', 'b', 'a', 'c']) guesses.seen('10.0.0.1', bearer(text), true, 0);
  guesses.seen('10.0.0.1', bearer('x'), false, 0);
  const waits = ['a', 'b', 'c'].map((text) => guesses.waitFor('10.0.0.1', bearer(text), 0));
  expect(waits).toEqual([0, 1000, 0]);
});

const from = (remoteAddress: string | undefined, forwarded?: string) => ({
  socket: { remoteAddress } as never,
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
});

test.each([
  ['', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['127.0.0.1', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['127.0.0.1', '127.0.0.1', '6.6.6.6, 198.51.100.1', '198.51.100.1'],
  ['127.0.0.1,10.0.0.0/8', '127.0.0.1', '6.6.6.6, 198.51.100.1, 10.1.2.3', '198.51.100.1'],
  ['127.0.0.1', '::ffff:127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
  ['127.0.0.1', '127.0.0.1', 'unknown', '127.0.0.1'],
  ['127.0.0.1', '127.0.0.1', '198.51.100.1, no address', '127.0.0.1'],
  ['127.0.0.1', '127.0.0.1', '2001:db8::1', '2001:db8:0:0::/64'],
  ['127.0.0.1', '127.0.0.1', '[2001:db8:1:2:3:4:5:6]:443', '2001:db8:1:2::/64'],
  ['::1', '::1', undefined, '::1'],
  ['', '2001:db8::5:6', undefined, '2001:db8:0:0::/64'],
  ['', undefined, undefined, ''],
])('with the proxies "%s", a request from %s for %s comes from %s', (proxies, peer, forwarded, found) => {
  const trusted = parseProxies(proxies);
  if (!trusted.ok) throw new Error(trusted.refusal.message);
  expect(addressReader(trusted.value)(from(peer, forwarded))).toBe(found);
});
