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

/** A worker has shown nothing, and nobody is let work who does. */
export const unauthenticatedWorker = (): Problem =>
  problem({
    status: 401,
    code: 'unauthenticated',
    detail: 'The worker shows nothing of who it is.',
    remedy:
      'Name a file with a token in SLUICE_TOKEN_FILE, for example what `sluice token create NAME --role worker` prints. ' +
      'Sluice gives one to the workers that it starts; those from before it did so need a new release.',
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

/** A worker is known, and is none of this. */
export const notItsWork = (track: string, what: string): Problem =>
  problem({
    status: 403,
    code: 'forbidden',
    detail: `A worker of ${track} serves that agent alone, and not ${what}.`,
    remedy: 'Let SLUICE_TOKEN_FILE and SLUICE_TRACK name the same agent.',
  });

/** Somebody is known and may not. */
export const forbidden = (reason: string): Problem =>
  problem({
    status: 403,
    code: 'forbidden',
    detail: `${reason}.`,
    remedy: 'Ask somebody with the role admin for it; `sluice can-i` says what you may do.',
  });
