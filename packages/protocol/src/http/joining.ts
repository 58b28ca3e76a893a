/** Workers elsewhere: tokens to join with, and who has joined. */
import { z } from 'zod';
import { ID_RULES } from './id-rules.ts';
import { pageSchemaOf } from './page-schema.ts';

const moment = (what: string) => z.int().describe(`${what}, in milliseconds since the epoch.`);
const trackId = z
  .string()
  .regex(ID_RULES.id)
  .describe('`application/environment/component`: whose tasks a worker that joins serves, and no others.');

/** The most hours for which a join token may be good. */
export const MOST_JOIN_HOURS = 24 * 30;

/** Asks for a join token. */
export const joinTokenRequestSchema = z
  .strictObject({
    track: trackId,
    uses: z.int().min(1).max(10_000).default(1).describe('How many workers may join with it.'),
    expiresInHours: z.int().min(1).max(MOST_JOIN_HOURS).default(24),
    by: z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.'),
  })
  .meta({ id: 'JoinTokenRequest' });
/** A request for a join token, with every default filled in. */
export type JoinTokenRequest = z.infer<typeof joinTokenRequestSchema>;

/** A join token; what lets join is not part of it. */
export const joinTokenSchema = z
  .object({
    id: z.string(),
    track: z.string(),
    uses: z.int(),
    usesLeft: z.int(),
    createdBy: z.string(),
    createdAt: moment('When it was made'),
    expiresAt: moment('When it expires'),
  })
  .meta({ id: 'JoinToken' });
/** A join token on the wire. */
export type JoinTokenView = z.infer<typeof joinTokenSchema>;

/** A join token with what lets join, which is shown this once. */
export const newJoinTokenSchema = joinTokenSchema
  .extend({ token: z.string().describe('What a worker shows. It is not kept and cannot be shown again.') })
  .meta({ id: 'NewJoinToken' });
/** A join token with what lets join. */
export type NewJoinTokenView = z.infer<typeof newJoinTokenSchema>;

/** Join tokens, the newest first. */
export const joinTokenPageSchema = pageSchemaOf(joinTokenSchema).meta({ id: 'JoinTokenPage' });

/** A worker that has joined. */
export const workerIdentitySchema = z
  .object({
    id: z.string(),
    track: z.string(),
    name: z.string().describe('What it calls itself.'),
    kind: z.enum(['certificate', 'token']).describe('What lets it in.'),
    joinToken: z.string().describe('The id of the join token that it came with.'),
    joinedAt: moment('When it joined'),
    renewedAt: moment('When it was last given something new'),
    expiresAt: moment('When what it has ends, unless it renews it'),
  })
  .meta({ id: 'WorkerIdentity' });
/** A worker that has joined, on the wire. */
export type WorkerIdentityView = z.infer<typeof workerIdentitySchema>;

/** Workers that have joined and may still come in, the newest first. */
export const workerIdentityPageSchema = pageSchemaOf(workerIdentitySchema).meta({ id: 'WorkerIdentityPage' });

const publicKey = z
  .string()
  .max(2_000)
  .optional()
  .describe(
    'PEM (SPKI) of a key that the worker keeps, ECDSA on P-256 or Ed25519: over TLS it gets a certificate for it, else a token.',
  );

/** A worker joins. */
export const joinRequestSchema = z
  .strictObject({
    token: z.string().max(200).describe('A join token.'),
    name: z.string().min(1).max(200).default('worker').describe('What the worker calls itself: for people.'),
    publicKey,
  })
  .meta({ id: 'JoinRequest' });
/** What a worker joins with. */
export type JoinRequest = z.infer<typeof joinRequestSchema>;

/** A worker that has joined wants something new before what it has ends. */
export const renewRequestSchema = z.strictObject({ publicKey }).meta({ id: 'RenewRequest' });

/** What a worker is let in with from now on: a certificate, or a token. */
export const joinedSchema = z
  .object({
    identity: z.string(),
    organisation: z.string(),
    track: z.string(),
    expiresAt: moment('When it ends'),
    renewAt: moment('When it is to be renewed'),
    certificate: z.string().nullable().describe('PEM; null where a token was given.'),
    token: z.string().nullable().describe('What to show after `Bearer`; null where a certificate was given.'),
  })
  .meta({ id: 'Joined' });
/** What a worker is let in with. */
export type JoinedView = z.infer<typeof joinedSchema>;

/** What a worker keeps of it: with the key that never leaves it. */
export const keptIdentitySchema = joinedSchema.extend({
  key: z.string().nullable().describe('PEM of the private key of its certificate; null with a token.'),
});
/** What a worker keeps of what it is let in with. */
export type KeptIdentity = z.infer<typeof keptIdentitySchema>;
