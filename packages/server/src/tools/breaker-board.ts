/**
 * Purpose: leaves tools, and what lies behind them, alone while they fail.
 *
 * Owns, in memory: a breaker for each that was called from this server. Each server learns by itself: what is unreachable
 * from one may be reachable from another.
 */
import type { Instant } from '@sluice/core/kernel/instant.ts';
import {
  afterCall,
  afterNoWord,
  askBreaker,
  type Breaker,
  type BreakerPolicy,
  type BreakerState,
  breakerStateAt,
  CLOSED_BREAKER,
  DEFAULT_BREAKER,
} from '@sluice/core/tasks/circuit-breaker.ts';

/** A call that may be made. */
export interface AdmittedCall {
  /** It ended; `failed` names those of the breakers that it speaks against. */
  ended(failed: readonly string[]): void;
  /** It says nothing. */
  withdrawn(): void;
}

/** Breakers by name. */
export interface BreakerBoard {
  /** A call that goes through all of these, or when it is worth asking again. */
  ask(names: readonly string[]): AdmittedCall | { readonly retryAt: Instant };
  state(name: string): BreakerState;
  /** All that are known, by name. */
  states(): readonly (readonly [name: string, state: BreakerState])[];
}

/** Beyond so many names those that were closed longest are forgotten. */
const MOST = 2_000;

/** Starts with every breaker closed. */
export function breakerBoard(now: () => Instant, policy: BreakerPolicy = DEFAULT_BREAKER): BreakerBoard {
  const breakers = new Map<string, Breaker>();
  const of = (name: string): Breaker => breakers.get(name) ?? CLOSED_BREAKER;
  const put = (name: string, breaker: Breaker): void => {
    breakers.delete(name);
    breakers.set(name, breaker);
    if (breakers.size <= MOST) return;
    for (const [other, { state }] of breakers)
      if (state === 'closed') {
        breakers.delete(other);
        return;
      }
  };
  return {
    ask: (names) => {
      const at = now();
      const asked = names.map((name) => ({ name, admission: askBreaker(policy, of(name), at) }));
      const shut = asked.flatMap(({ admission }) => (admission.isAdmitted ? [] : [admission.retryAt]));
      if (shut.length > 0) return { retryAt: Math.max(...shut) };
      const probes = new Set<string>();
      for (const { name, admission } of asked)
        if (admission.isAdmitted && admission.isProbe) {
          probes.add(name);
          put(name, admission.breaker);
        }
      return {
        ended: (failed) => {
          for (const name of names) {
            const call = { now: now(), hasFailed: failed.includes(name), isProbe: probes.has(name) };
            put(name, afterCall(policy, of(name), call));
          }
        },
        withdrawn: () => {
          for (const name of probes) put(name, afterNoWord(of(name), { isProbe: true }));
        },
      };
    },
    state: (name) => breakerStateAt(of(name), now()),
    states: () => [...breakers].map(([name, breaker]) => [name, breakerStateAt(breaker, now())]),
  };
}
