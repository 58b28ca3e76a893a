/**
 * Purpose: whoever asks too much is told so, and when to ask again, before their request costs anything.
 *
 * 1. What a request counts as follows from what its route needs, unless the route says something else. 2. Whoever is known is
 * counted as themselves, with whatever token or session they come; others are counted by address, and apart from the
 * organisation, so that nobody who is not known can use up what its members have. 3. Answers say what is left.
 */
import { ANONYMOUS, type Caller } from '@sluice/core/access/caller.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Credentials } from '../../access/access-guard.ts';
import type { Waiting } from '../../access/sign-in-refusals.ts';
import type { Asker, LimitOf } from '../../limits/asker.ts';
import type { RequestLimiter } from '../../limits/request-limiter.ts';
import type { FlightKind, RateKind } from '../../limits/request-limits.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { hasGone } from '../exchange/has-gone.ts';
import { tooManyAtOnce, tooManyGuesses, tooManyRequests } from './limit-refusals.ts';
import { limitHeaders } from './limit-headers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** As what a request counts; null for what is not counted. Without it that follows from what the route needs. */
    limitedAs?: RateKind | null;
    /** As what a request that is being answered counts; null for what is not counted, as all is whose requests are not. */
    inFlightAs?: FlightKind | null;
  }
  interface FastifyRequest {
    /** Where it comes from: an address, or the network of one. */
    from: string;
  }
}

/** What access control asks of the limits. */
export interface Gatekeeper {
  /** Why the credentials of a request are not looked at; undefined when they may be. */
  mayLook(request: FastifyRequest, credentials: Credentials): Waiting | undefined;
  /** Tells whose they were; null for nobody's. */
  looked(request: FastifyRequest, credentials: Credentials, caller: Caller | null): void;
  /** Why somebody may not ask this now; undefined when they may. Writes what is left into the answer. */
  mayAsk(request: FastifyRequest, reply: FastifyReply, caller: Caller | null): Waiting | undefined;
}

/** Lets everything pass. */
export const NO_LIMITS: Gatekeeper = {
  mayLook: () => undefined,
  looked: () => undefined,
  mayAsk: () => undefined,
};

/** The limits of an API, for `guardAccess`; without a limiter there are none. */
export function limitRequests(
  app: FastifyInstance,
  limiter: RequestLimiter | undefined,
  metrics: Pick<Metrics, 'limitedRequests' | 'failedLogins'>,
): Gatekeeper {
  app.decorateRequest('from', '');
  app.addHook('onRequest', async (request) => {
    request.from = limiter?.addressOf(request.raw) ?? request.ip;
  });
  if (!limiter) return NO_LIMITS;
  const refused = (limit: string, of: LimitOf | 'address', refusal: Waiting): Waiting => {
    metrics.limitedRequests.inc({ limit, of });
    return refusal;
  };
  return {
    mayLook: (request, credentials) => {
      if (showsNothing(credentials)) return undefined;
      const waitMs = limiter.guessWaitMs(request.from, credentials);
      return waitMs > 0 ? refused('guesses', 'address', tooManyGuesses(waitMs)) : undefined;
    },
    looked: (request, credentials, caller) => {
      if (showsNothing(credentials)) return;
      limiter.guessed(request.from, credentials, caller !== null);
      if (caller === null)
        metrics.failedLogins.inc({ how: credentials.bearer === null ? 'cookie' : 'bearer' });
    },
    mayAsk: (request, reply, caller) => {
      const kind = rateKindOf(request);
      if (kind === null) return undefined;
      const asker = askerOf(request, caller);
      const standings = limiter.ask(kind, asker);
      // On the answer itself, so that one that is written past the framework, as a stream is, says it as well.
      for (const [name, value] of limitHeaders(standings)) reply.raw.setHeader(name, value);
      const empty = standings.find(({ allowance }) => !allowance.allowed);
      if (empty) return refused(empty.kind, empty.of, tooManyRequests(empty));
      const flight = flightKindOf(request);
      // Whoever has gone while it was found out who they are would never give their place back.
      if (flight === null || hasGone(reply.raw)) return undefined;
      const begun = limiter.begin(flight, asker);
      if (typeof begun === 'string')
        return refused(`${flight} in flight`, begun, tooManyAtOnce(flight, begun));
      // Both, because a connection that breaks brings no end, and an answer without a connection is never closed.
      reply.raw.once('finish', begun).once('close', begun);
      return undefined;
    },
  };
}

const showsNothing = ({ bearer, session }: Credentials): boolean => bearer === null && session === null;

/** Whoever says nothing of themselves belongs to all who do so. */
function askerOf({ from }: FastifyRequest, caller: Caller | null): Asker {
  if (caller === null || caller.subject === ANONYMOUS)
    return { caller: `${ANONYMOUS} ${from}`, organisation: ANONYMOUS };
  const { tenant, subject } = caller;
  return { caller: `${tenant} ${subject}`, organisation: tenant };
}

const HARMLESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

function rateKindOf({ method, routeOptions }: FastifyRequest): RateKind | null {
  const { limitedAs, needs } = routeOptions.config;
  if (limitedAs !== undefined) return limitedAs;
  if (needs === undefined) return null;
  const { permission } = needs;
  if (permission === null) return 'signedIn' in needs ? byMethod(method) : null;
  if (permission === 'agents:work') return 'work';
  return permission.endsWith(':read') ? 'reads' : byMethod(method);
}

const byMethod = (method: string): RateKind => (HARMLESS.has(method) ? 'reads' : 'changes');

function flightKindOf({ routeOptions }: FastifyRequest): FlightKind | null {
  const { inFlightAs, needs } = routeOptions.config;
  if (inFlightAs !== undefined) return inFlightAs;
  return needs?.permission === 'agents:work' ? 'work' : 'requests';
}
