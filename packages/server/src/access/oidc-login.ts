/**
 * Purpose: people are known by an identity provider: authorization code with PKCE, state and nonce (OpenID Connect Core 3.1,
 * RFC 9700).
 *
 * 1. The ID token's issuer, audience, times, nonce, signature and algorithm are checked by openid-client; here at_hash is
 * (3.1.3.8). 2. An address counts only where the provider has verified it. 3. The provider is discovered at the first login, so
 * that the control plane starts without it.
 */
import { createHash } from 'node:crypto';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import * as oidc from 'openid-client';
import { isLoopback, type OidcSettings } from './oidc-settings.ts';
import type { BegunLogin, LoginFlow } from './sign-in.ts';
import { loginFailed, notAdmitted } from './sign-in-refusals.ts';
import { PUBLIC_KEY_ALGORITHMS } from './public-key-algorithms.ts';

/** Somebody whom the identity provider vouches for. */
export interface OidcPerson {
  readonly issuer: string;
  readonly issuerSubject: string;
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
  /** What the claim of the organisation says; null without. */
  readonly organisation: string | null;
  /** To sign out there. */
  readonly idToken: string;
}

/** Logins at one identity provider. */
export interface OidcLogin {
  begin(callback: string, returnTo: string): Promise<Result<BegunLogin, Problem>>;
  finish(flow: LoginFlow, answer: URL): Promise<Result<OidcPerson, Problem>>;
  /** Where a browser signs out there; null when the provider does not offer it. */
  signOutUrl(idToken: string, returnTo: string): Promise<string | null>;
}

const ALGORITHMS: ReadonlySet<string> = new Set(PUBLIC_KEY_ALGORITHMS);
/** The provider answers within this time, in seconds. */
const TIMEOUT_SECONDS = 10;

/** Opens logins; nothing is asked yet. */
export function oidcLogin(settings: OidcSettings, heard: (failure: SluiceError) => void): OidcLogin {
  const provider = discovered(settings);
  const failed = (thrown: unknown): { readonly ok: false; readonly refusal: Problem } => {
    heard(SluiceError.from(thrown, 'a login by the identity provider'));
    return loginFailed(wordsOf(thrown));
  };
  return {
    begin: async (callback, returnTo) => {
      try {
        const flow = {
          ...{ state: oidc.randomState(), nonce: oidc.randomNonce(), returnTo },
          verifier: oidc.randomPKCECodeVerifier(),
        };
        const url = oidc.buildAuthorizationUrl(await provider(), {
          redirect_uri: callback,
          scope: settings.scopes,
          code_challenge: await oidc.calculatePKCECodeChallenge(flow.verifier),
          code_challenge_method: 'S256',
          state: flow.state,
          nonce: flow.nonce,
        });
        return ok({ url: url.href, flow });
      } catch (thrown) {
        return failed(thrown);
      }
    },
    finish: async ({ state, nonce, verifier }, answer) => {
      try {
        const configuration = await provider();
        const tokens = await oidc.authorizationCodeGrant(configuration, answer, {
          ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier },
          idTokenExpected: true,
        });
        return await personOf(settings, configuration, tokens);
      } catch (thrown) {
        return failed(thrown);
      }
    },
    signOutUrl: async (idToken, returnTo) => {
      try {
        const configuration = await provider();
        if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
        return oidc.buildEndSessionUrl(configuration, {
          ...{ id_token_hint: idToken, post_logout_redirect_uri: returnTo },
        }).href;
      } catch {
        return null;
      }
    },
  };
}

/** What the provider says of itself, asked once; again after it could not be asked. */
function discovered(settings: OidcSettings): () => Promise<oidc.Configuration> {
  let known: Promise<oidc.Configuration> | undefined;
  return () => {
    known ??= discover(settings).catch((thrown: unknown) => {
      known = undefined;
      throw thrown;
    });
    return known;
  };
}

async function discover({ issuer, clientId, ...settings }: OidcSettings): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  const { clientSecret } = settings;
  const configuration = await oidc.discovery(
    url,
    clientId,
    { [oidc.clockTolerance]: settings.clockToleranceSeconds },
    clientSecret === null ? oidc.None() : oidc.ClientSecretBasic(clientSecret),
    {
      timeout: TIMEOUT_SECONDS,
      execute: [
        oidc.enableNonRepudiationChecks,
        ...(url.protocol === 'http:' && isLoopback(url) ? [oidc.allowInsecureRequests] : []),
      ],
    },
  );
  return configuration;
}

async function personOf(
  { emailDomains, groupsClaim, tenantClaim }: OidcSettings,
  configuration: oidc.Configuration,
  tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
): Promise<Result<OidcPerson, Problem>> {
  const { id_token: idToken } = tokens;
  const said = tokens.claims();
  if (idToken === undefined || said === undefined) return loginFailed('the provider gave no ID token');
  const fault = faultOfToken(idToken, said['at_hash'], tokens.access_token);
  if (fault !== null) return loginFailed(fault);
  const claims = { ...(await moreClaims(configuration, tokens.access_token, said.sub)), ...said };
  const { email, email_verified: verified } = claims;
  if (typeof email !== 'string' || !/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 180)
    return notAdmitted('The identity provider does not say your address');
  // Who may choose the address of an account freely could choose somebody else's.
  if (verified !== true && verified !== 'true')
    return notAdmitted(`The identity provider has not verified the address ${email}`);
  const address = plainAddress(email);
  if (address === null)
    return notAdmitted('The address that the identity provider says holds characters that nobody sees');
  const domain = address.slice(address.lastIndexOf('@') + 1);
  if (emailDomains.length > 0 && !emailDomains.includes(domain))
    return notAdmitted(`Addresses of ${domain} may not sign in here`);
  const organisation = tenantClaim === null ? null : claims[tenantClaim];
  if (tenantClaim !== null && typeof organisation !== 'string')
    return notAdmitted(`The identity provider does not name your organisation in the claim ${tenantClaim}`);
  return ok({
    ...{ issuer: said.iss, issuerSubject: said.sub, idToken },
    email: address,
    name: typeof claims['name'] === 'string' ? claims['name'].slice(0, 200) : email,
    groups: groupsIn(claims[groupsClaim]),
    organisation: typeof organisation === 'string' ? organisation : null,
  });
}

/**
 * An address as it names a person: with the letters of ASCII in small, and no others, of which some become one that is somebody
 * else's (the sign for kelvin a k); null when it holds what nobody sees.
 */
const plainAddress = (email: string): string | null =>
  /[\p{C}\p{Z}]/u.test(email) ? null : email.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Many providers say more of a person when they are asked than in the ID token. */
async function moreClaims(
  configuration: oidc.Configuration,
  accessToken: string,
  subject: string,
): Promise<Record<string, unknown>> {
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return {};
  return { ...(await oidc.fetchUserInfo(configuration, accessToken, subject)) };
}

/** What openid-client leaves to its callers: the kind of algorithm, and that the access token belongs to the ID token. */
function faultOfToken(idToken: string, atHash: unknown, accessToken: string): string | null {
  const { alg } = JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString()) as {
    alg?: string;
  };
  if (alg === undefined || !ALGORITHMS.has(alg))
    return 'its ID token is signed with an algorithm that is not taken';
  if (atHash === undefined) return null;
  const digest = createHash(alg === 'EdDSA' ? 'sha512' : `sha${alg.slice(2)}`)
    .update(accessToken)
    .digest();
  const isSame = digest.subarray(0, digest.length / 2).toString('base64url') === atHash;
  return isSame ? null : 'its access token does not belong to its ID token';
}

/** At most 200, so that a session stays small. */
const groupsIn = (claim: unknown): readonly string[] =>
  (Array.isArray(claim) ? claim : [])
    .filter((group): group is string => typeof group === 'string' && group !== '' && group.length <= 180)
    .slice(0, 200);

/** What went wrong, in words that hold nothing secret. */
function wordsOf(thrown: unknown): string {
  if (thrown instanceof oidc.AuthorizationResponseError)
    return `the identity provider said ${String(thrown.error).slice(0, 100)}`;
  if (thrown instanceof oidc.ResponseBodyError)
    return `the identity provider refused the code (${thrown.error})`;
  const { code } = Object(thrown) as { code?: unknown };
  return typeof code === 'string'
    ? `its answer was not right (${code})`
    : 'the identity provider did not answer';
}
