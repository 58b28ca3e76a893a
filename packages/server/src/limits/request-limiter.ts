/**
 * Purpose: nobody takes so much of a server that others get nothing.
 *
 * Owns what each caller and each organisation has asked of this server lately, in memory: counting in the store would cost
 * more than what it prevents. Several servers allow as much each.
 */
import type { IncomingMessage } from 'node:http';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Allowance, Pace } from '@sluice/core/limits/pace.ts';
import type { Credentials } from '../access/access-guard.ts';
import { addressReader, type TrustedProxies } from './address-of.ts';
import type { Asker, LimitOf } from './asker.ts';
import { Buckets } from './buckets.ts';
import { Flights } from './flights.ts';
import { Guesses } from './guesses.ts';
import type { FlightKind, Most, RateKind, RequestLimits } from './request-limits.ts';

/** One limit that a request met, and what it left. */
export interface Standing {
  readonly of: LimitOf;
  readonly kind: RateKind;
  readonly pace: Pace;
  readonly allowance: Allowance;
}

/** Bounds what is asked of a server. */
export interface RequestLimiter {
  /** Where a request comes from. */
  addressOf(raw: IncomingMessage): string;
  /** Counts a request: the limits that it meets, of which the last one refuses it if any does. */
  ask(kind: RateKind, asker: Asker): readonly Standing[];
  /** Begins to answer a request: whose most is reached, or what ends it. */
  begin(kind: FlightKind, asker: Asker): LimitOf | (() => void);
  /** How long credentials are not looked at, in ms: because of what else came from there and was nobody's. */
  guessWaitMs(address: string, credentials: Credentials): number;
  /** Notes whether credentials were anybody's. */
  guessed(address: string, credentials: Credentials, isRight: boolean): void;
}

/** At once there may be as much as in so many seconds. */
const BURST_SECONDS = 10;

/** Bounds requests in the memory of this process. */
export function requestLimiter(
  { rates, inFlight }: RequestLimits,
  { trusted, now }: { readonly trusted: TrustedProxies; readonly now: () => Instant },
): RequestLimiter {
  const buckets = Object.entries(rates).map(([kind, most]) => [kind, most && bucketsOf(most)] as const);
  const byKind = new Map(buckets);
  const flights = new Flights(inFlight);
  const guessing = byKind.get('guesses')?.caller;
  const guesses = guessing && new Guesses(guessing);
  return {
    addressOf: addressReader(trusted),
    ask: (kind, asker) => {
      const found = byKind.get(kind);
      if (!found) return [];
      const own = standing(kind, 'caller', found.caller, asker, now());
      if (!own.allowance.allowed || found.organisation === null) return kept([own], found, asker);
      return kept([own, standing(kind, 'organisation', found.organisation, asker, now())], found, asker);
    },
    begin: (kind, asker) => flights.begin(kind, asker),
    guessWaitMs: (address, credentials) => guesses?.waitFor(address, credentials, now()) ?? 0,
    guessed: (address, credentials, isRight) => guesses?.seen(address, credentials, isRight, now()),
  };
}

interface BothBuckets {
  readonly caller: Buckets;
  readonly organisation: Buckets | null;
}

const bucketsOf = ({ caller, organisation }: Most): BothBuckets => ({
  caller: new Buckets(paceOf(caller)),
  organisation: organisation === null ? null : new Buckets(paceOf(organisation)),
});

const paceOf = (perSecond: number): Pace => ({ perSecond, burst: perSecond * BURST_SECONDS });

function standing(kind: RateKind, of: LimitOf, buckets: Buckets, asker: Asker, now: Instant): Standing {
  return { of, kind, pace: buckets.pace, allowance: buckets.look(asker[of], now) };
}

/** What is refused by one of them is taken from none. */
function kept(standings: readonly Standing[], found: BothBuckets, asker: Asker): readonly Standing[] {
  if (standings.every(({ allowance }) => allowance.allowed))
    for (const { of, allowance } of standings) found[of]?.keep(asker[of], allowance);
  return standings;
}
