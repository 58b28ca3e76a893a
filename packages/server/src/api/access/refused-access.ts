import type { Problem } from '@sluice/protocol/http/views.ts';
import { problem } from '../exchange/problems.ts';

/** Nothing was shown where something has to be. */
export const unauthenticated = (): Problem =>
  problem({
    status: 401,
    code: 'unauthenticated',
    detail: 'This request says nothing of who makes it.',
    remedy:
      'Sign in with `sluice login`, or send a token: `Authorization: Bearer …`, which the command line takes from SLUICE_TOKEN.',
  });

/** What was shown is not, or no longer, anybody's. It is not said which. */
export const unknownCredentials = (): Problem =>
  problem({
    status: 401,
    code: 'unknown-credentials',
    detail: 'The token or session of this request is unknown, has expired or was revoked.',
    remedy: 'Sign in again with `sluice login`, or make another token with `sluice token create`.',
  });

/** A session changes things only for a page that was shown what belongs to it. */
export const noProof = (): Problem =>
  problem({
    status: 403,
    code: 'csrf-token-missing',
    detail:
      'A request that changes something with a session has to show that it comes from a page of Sluice.',
    remedy: 'Send `csrf` of GET /api/v1/session in the header X-Csrf-Token; requests with a token need none.',
  });

/** Somebody is known and may not. */
export const forbidden = (reason: string): Problem =>
  problem({
    status: 403,
    code: 'forbidden',
    detail: `${reason}.`,
    remedy: 'Ask somebody with the role admin for it; `sluice can-i` says what you may do.',
  });
