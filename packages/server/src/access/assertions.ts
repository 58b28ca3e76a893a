/**
 * Purpose: ID tokens that CI systems give their jobs (OpenID Connect Core 2, RFC 7519, RFC 8725).
 *
 * 1. Keys come from the issuer's own document, never from the token: `jku`, `x5u` and `jwk` in its header mean nothing.
 * 2. Only algorithms with a public key. 3. A token is young, for this audience, and good for one exchange.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { createRemoteJWKSet, customFetch, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { GuardedFetch } from '../outgoing/outgoing.ts';
import { PUBLIC_KEY_ALGORITHMS } from './public-key-algorithms.ts';

/** Reads ID tokens of issuers that somebody trusts. */
export interface Assertions {
  /** Who a token says that it is of, before anything is believed; null for what is no token. */
  issuerOf(assertion: string): string | null;
  /** What an issuer says, verified by keys that the organisation which trusts it may reach. Rejects when it does not say so. */
  verify(assertion: string, issuer: string, organisation: string): Promise<JWTPayload>;
}

/** The last is the new name of one of them (RFC 9864). */
const ALGORITHMS = [...PUBLIC_KEY_ALGORITHMS, 'Ed25519'];
/** Longer texts are no ID token, in characters. */
const LONGEST = 16_384;
/** Issued longer ago, a token is not taken however long it is valid, in seconds. */
const OLDEST_SECONDS = 3600;
const CLOCK_TOLERANCE_SECONDS = 30;
/** Keys are asked for again after this time, and after at least the second one when a key is not among them, in ms. */
const KEYS_AGE_MS = 10 * 60_000;
const KEYS_COOLDOWN_MS = 10_000;
/** Issuers whose keys are remembered. */
const MOST_ISSUERS = 100;

type Keys = ReturnType<typeof createRemoteJWKSet>;

/**
 * Reads ID tokens; the keys of issuers are fetched through the guarded way out of the organisation that trusts them: whom one
 * organisation trusts leads nowhere that another alone may reach.
 */
export function openAssertions(
  fetchOf: (organisation: string) => GuardedFetch,
  now: () => number,
): Assertions {
  const known = new Map<string, Promise<Keys>>();
  const keysOf = (issuer: string, organisation: string): Promise<Keys> => {
    const name = `${organisation} ${issuer}`;
    const present = known.get(name);
    if (present) return present;
    const asked = discoverKeys(fetchOf(organisation), issuer);
    asked.catch(() => known.delete(name));
    if (known.size >= MOST_ISSUERS) known.clear();
    known.set(name, asked);
    return asked;
  };
  return {
    issuerOf: (assertion) => {
      try {
        return assertion.length > LONGEST ? null : (decodeJwt(assertion).iss ?? null);
      } catch {
        return null;
      }
    },
    verify: async (assertion, issuer, organisation) => {
      const { payload } = await jwtVerify(assertion, await keysOf(issuer, organisation), {
        ...{ issuer, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_SECONDS },
        ...{ maxTokenAge: OLDEST_SECONDS, requiredClaims: ['exp', 'iat', 'aud', 'sub'] },
        currentDate: new Date(now()),
      });
      return payload;
    },
  };
}

async function discoverKeys(fetch: GuardedFetch, issuer: string): Promise<Keys> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const reply = await fetch(address, { headers: { accept: 'application/json' } });
  if (!reply.ok) throw fault(issuer, `its configuration was answered with ${reply.status}`);
  const { issuer: named, jwks_uri: uri } = Object(await reply.json()) as Record<string, unknown>;
  if (named !== issuer) throw fault(issuer, 'it calls itself differently');
  const keys = typeof uri === 'string' ? URL.parse(uri) : null;
  if (keys === null || keys.protocol !== new URL(issuer).protocol) throw fault(issuer, 'it names no keys');
  return createRemoteJWKSet(keys, {
    ...{ cacheMaxAge: KEYS_AGE_MS, cooldownDuration: KEYS_COOLDOWN_MS },
    [customFetch]: (url, options) => fetch(url, options as RequestInit),
  });
}

const fault = (issuer: string, what: string): SluiceError =>
  new SluiceError('invalid-input', `The keys of ${issuer} cannot be read: ${what}.`, { next: 'ask-human' });
