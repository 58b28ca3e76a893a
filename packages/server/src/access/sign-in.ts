import type { Caller } from '@sluice/core/access/caller.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { NewTokenView } from '@sluice/protocol/http/access.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Exchange } from './workload-login.ts';

/** A session that has begun. */
export interface OpenedSession {
  readonly caller: Caller;
  /** What the cookie is to hold. */
  readonly text: string;
  readonly endsAt: Instant;
  /** From now to its end. */
  readonly lastsMs: number;
}

/** What a login at the identity provider has to bring back; it is kept in a cookie of the browser that began it. */
export interface LoginFlow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** A path of ours. */
  readonly returnTo: string;
}

/** A login that begins. */
export interface BegunLogin {
  /** Where the browser goes. */
  readonly url: string;
  readonly flow: LoginFlow;
}

/** Where a request comes from, for those who try too often. */
export type From = string;

/** How people and jobs are let in. */
export interface SignIn {
  /** How the identity provider is called; null without one. */
  readonly provider: string | null;
  /** When the session of a cookie ends at the latest; null for one that is nobody's. */
  endOf(session: string): Promise<Instant | null>;
  /** Turns a token into a session that ends with it. */
  withToken(token: string, from: From): Promise<Result<OpenedSession, Problem>>;
  beginLogin(callback: string, returnTo: string): Promise<Result<BegunLogin, Problem>>;
  /** @param answer the address at which the browser came back, with its query */
  finishLogin(flow: LoginFlow, answer: URL, from: From): Promise<Result<OpenedSession, Problem>>;
  /** Ends a session; gives where the browser goes to sign out at the provider too, null for nowhere. */
  signOut(session: string, returnTo: string): Promise<string | null>;
  /** Ends all sessions of somebody; how many there were. */
  signOutEverywhere(caller: Caller): Promise<number>;
  /**
   * What the browser brings to the command line, which alone knows what belongs to the challenge (RFC 7636). Only of a session
   * that began at the identity provider: else a personal token would renew itself for ever.
   */
  codeFor(caller: Caller, from: { session: string; challenge: string }): Promise<Result<string, Problem>>;
  /** Turns such a code into a personal token, once. */
  redeem(code: string, verifier: string, from: From): Promise<Result<NewTokenView, Problem>>;
  /** Turns the ID token of a job into a token of a few minutes. */
  exchange(exchange: Exchange, from: From): Promise<Result<NewTokenView, Problem>>;
}
