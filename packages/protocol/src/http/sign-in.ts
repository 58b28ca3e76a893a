/** How people and jobs are let in. */
import { z } from 'zod';
import { accessNameSchema } from './access.ts';

const moment = (what: string) => z.int().describe(`${what}, in milliseconds since the epoch.`);

/** What a browser is let in with: a token. */
export const tokenLoginSchema = z
  .strictObject({ token: z.string().min(1).max(200).describe('A token of Sluice.') })
  .meta({ id: 'TokenLogin' });

/** A session that has begun; the cookie is in the headers. */
export const sessionOpenedSchema = z
  .object({
    subject: z.string(),
    csrf: z.string().describe('To be shown in `X-Csrf-Token` with each change.'),
    endsAt: moment('When it ends at the latest'),
  })
  .meta({ id: 'SessionOpened' });

/** How people can sign in. */
export const signInMethodsSchema = z
  .object({
    provider: z.string().nullable().describe('How the identity provider is called; null without one.'),
    login: z.string().nullable().describe('Where a browser goes to sign in by it.'),
  })
  .meta({ id: 'SignInMethods' });

/** A session that has ended. */
export const signedOutSchema = z
  .object({
    url: z.string().nullable().describe('Where the browser signs out at the identity provider too.'),
    sessions: z.int().describe('How many sessions ended.'),
  })
  .meta({ id: 'SignedOut' });

/** What a browser has brought to the command line. */
export const loginCodeSchema = z
  .strictObject({
    code: z.string().min(1).max(200),
    verifier: z.string().min(43).max(128).describe('What belongs to the challenge (RFC 7636).'),
  })
  .meta({ id: 'LoginCode' });

/** What a job shows. */
export const workloadLoginSchema = z
  .strictObject({
    token: z.string().min(1).max(16_384).describe('The ID token that the CI system gave the job.'),
    organisation: accessNameSchema.default('default'),
    trust: accessNameSchema.optional().describe('The trust that is meant; the first that fits without.'),
  })
  .meta({ id: 'WorkloadLogin' });
