import type { Problem } from '@sluice/protocol/http/views.ts';
import { refusedWith, type Refused } from '../rollouts/problems.ts';

/** It is not said what was wrong with it. */
export const notLetIn = (): Refused =>
  refusedWith(401, 'unknown-credentials', {
    title: 'Unauthorized',
    detail: 'What was shown lets nobody in: it is unknown, has expired or was revoked.',
    remedy: 'Make another token with `sluice token create`, or sign in again.',
  });

/** A refusal that says how long to wait, for a header. */
export type Waiting = Problem & { readonly retryAfterSeconds?: number };

/** Somebody has tried too often. */
export const tooOften = (waitMs: number): { readonly ok: false; readonly refusal: Waiting } => {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  const { refusal } = refusedWith(429, 'too-many-failures', {
    title: 'Too Many Requests',
    detail: `Too many logins have failed; the next is looked at in ${retryAfterSeconds} seconds.`,
    remedy: 'Wait that long. Each further failure doubles it.',
  });
  return { ok: false, refusal: { ...refusal, retryAfterSeconds } };
};

/** Nobody has said which one. */
export const noProvider = (): Refused =>
  refusedWith(404, 'no-identity-provider', {
    title: 'No identity provider',
    detail: 'This control plane knows no identity provider.',
    remedy: 'Sign in with a token, or start the control plane with --oidc-issuer (docs/guides/access.md).',
  });

/** The provider did not answer, or not as it should. */
export const loginFailed = (why: string): Refused =>
  refusedWith(401, 'login-failed', {
    title: 'Login failed',
    detail: `The login was not accepted: ${why}.`,
    remedy: 'Begin again at /auth/login. When it fails again, the log of the control plane says more.',
  });

/** The provider vouches for them, and they may not come in all the same. */
export const notAdmitted = (why: string): Refused =>
  refusedWith(403, 'not-admitted', {
    title: 'Not admitted',
    detail: `${why}.`,
    remedy: 'Ask an administrator of Sluice.',
  });

/** Only people have personal tokens. */
export const notAPerson = (subject: string): Refused =>
  refusedWith(403, 'not-a-person', {
    title: 'Forbidden',
    detail: `${subject} is no person, and only people sign the command line in by a browser.`,
    remedy: 'Give the command line a token: `sluice login --token` reads one from its input.',
  });

/** What a token began ends with it. */
export const notByToken = (): Refused =>
  refusedWith(403, 'not-by-token', {
    title: 'Forbidden',
    detail:
      'This browser was signed in with a token, which does not make another one that is good for longer.',
    remedy: 'Sign out, sign in by the identity provider, and start `sluice login` again.',
  });
