import type { Instant } from '../kernel/instant.ts';

/** When something that fails is left alone for a while, and how it is tried again. */
export interface BreakerPolicy {
  /** Calls that are looked at before anything is concluded, from 1. */
  readonly least: number;
  /** The part of the calls of a window that fails when it opens, above 0 and up to 1. */
  readonly part: number;
  /** How long calls are remembered, in ms: those of this window and of the one before count. */
  readonly windowMs: number;
  /** How long it stays open the first time, in ms; twice as long after each probe that fails, up to `longestMs`. */
  readonly openMs: number;
  readonly longestMs: number;
  /** Probes that must succeed, one after the other, before it closes; from 1. */
  readonly probes: number;
  /** How long is waited for a probe before another one may go, in ms. */
  readonly probeMs: number;
}

/** Half of at least five calls; tried again after five seconds, and seldom enough for something that stays away. */
export const DEFAULT_BREAKER: BreakerPolicy = {
  ...{ least: 5, part: 0.5, windowMs: 30_000 },
  ...{ openMs: 5_000, longestMs: 300_000, probes: 1, probeMs: 60_000 },
};

/** Calls that ended in a stretch of time. */
interface Counted {
  readonly calls: number;
  readonly failures: number;
}

/** A breaker: closed lets everything pass, open nothing, half-open one probe at a time. */
export type Breaker =
  | { readonly state: 'closed'; readonly begins: Instant; readonly now: Counted; readonly before: Counted }
  | {
      readonly state: 'open';
      readonly since: Instant;
      readonly until: Instant;
      /** How often in a row it has opened. */
      readonly openings: number;
    }
  | {
      readonly state: 'half-open';
      readonly since: Instant;
      readonly openings: number;
      readonly succeeded: number;
      /** A probe is waited for until then; null when none is under way. */
      readonly probeUntil: Instant | null;
    };

/** The states, for people. */
export type BreakerState = Breaker['state'];

/** Whether a call may be made. */
export type Admission =
  | {
      readonly isAdmitted: true;
      /** Its end decides whether the breaker closes: hand it to `afterCall`. */
      readonly isProbe: boolean;
      readonly breaker: Breaker;
    }
  | { readonly isAdmitted: false /** When it is worth asking again. */; readonly retryAt: Instant };

const NONE: Counted = { calls: 0, failures: 0 };

/** A breaker that has seen nothing. */
export const CLOSED_BREAKER: Breaker = { state: 'closed', begins: 0, now: NONE, before: NONE };

/** Asks for one call; whoever is admitted tells its end by `afterCall`, or by `afterNoWord`. */
export function askBreaker(policy: BreakerPolicy, breaker: Breaker, now: Instant): Admission {
  if (breaker.state === 'closed') return { isAdmitted: true, isProbe: false, breaker };
  const waitsUntil = breaker.state === 'open' ? breaker.until : breaker.probeUntil;
  if (waitsUntil !== null && now < waitsUntil) return { isAdmitted: false, retryAt: waitsUntil };
  const { openings } = breaker;
  const half = breaker.state === 'half-open' ? breaker : { since: now, succeeded: 0 };
  const probing: Breaker = {
    ...{ state: 'half-open', since: half.since, openings },
    ...{ succeeded: half.succeeded, probeUntil: now + policy.probeMs },
  };
  return { isAdmitted: true, isProbe: true, breaker: probing };
}

/** How a call ended. */
export interface EndedCall {
  readonly now: Instant;
  readonly hasFailed: boolean;
  /** As `askBreaker` said; what began before it opened neither closes it nor keeps it open. */
  readonly isProbe: boolean;
}

/** The breaker after a call. */
export function afterCall(policy: BreakerPolicy, breaker: Breaker, call: EndedCall): Breaker {
  if (breaker.state === 'closed') return counted(policy, breaker, call);
  if (breaker.state === 'open' || !call.isProbe) return breaker;
  if (call.hasFailed) return opened(policy, call.now, breaker.openings + 1);
  const succeeded = breaker.succeeded + 1;
  if (succeeded < policy.probes) return { ...breaker, succeeded, probeUntil: null };
  return { state: 'closed', begins: call.now, now: NONE, before: NONE };
}

/** The breaker after a call that says nothing about what was called, such as one that was cancelled. */
export const afterNoWord = (breaker: Breaker, { isProbe }: Pick<EndedCall, 'isProbe'>): Breaker =>
  breaker.state === 'half-open' && isProbe ? { ...breaker, probeUntil: null } : breaker;

/** What people see: one that may be probed is half-open, although nobody has asked yet. */
export const breakerStateAt = (breaker: Breaker, now: Instant): BreakerState =>
  breaker.state === 'open' && now >= breaker.until ? 'half-open' : breaker.state;

function counted(
  policy: BreakerPolicy,
  breaker: Extract<Breaker, { state: 'closed' }>,
  { now, hasFailed }: EndedCall,
): Breaker {
  const rolled = rolledOn(policy, breaker, now);
  const counts = {
    calls: rolled.now.calls + 1,
    failures: rolled.now.failures + (hasFailed ? 1 : 0),
  };
  const calls = counts.calls + rolled.before.calls;
  const failures = counts.failures + rolled.before.failures;
  if (hasFailed && calls >= policy.least && failures >= policy.part * calls) return opened(policy, now, 1);
  return { ...rolled, now: counts };
}

function rolledOn(
  { windowMs }: BreakerPolicy,
  breaker: Extract<Breaker, { state: 'closed' }>,
  now: Instant,
): Extract<Breaker, { state: 'closed' }> {
  const ageMs = now - breaker.begins;
  if (ageMs < windowMs) return breaker;
  return { state: 'closed', begins: now, now: NONE, before: ageMs < 2 * windowMs ? breaker.now : NONE };
}

const opened = ({ openMs, longestMs }: BreakerPolicy, now: Instant, openings: number): Breaker => ({
  ...{ state: 'open', since: now, openings },
  until: now + Math.min(longestMs, openMs * 2 ** Math.min(openings - 1, 30)),
});
