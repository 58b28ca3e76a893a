/** Whose CI jobs are let in. */
import { z } from 'zod';
import { roleAtSchema } from './access.ts';

const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');
const moment = (what: string) => z.int().describe(`${what}, in milliseconds since the epoch.`);

const claimName = z.string().min(1).max(100);

/** Trusts the jobs of an issuer. */
export const trustRequestSchema = z
  .strictObject({
    issuer: z
      .string()
      .max(500)
      .regex(/^https?:\/\/[^\s?#@]+$/)
      .describe('As it calls itself: `https://token.actions.githubusercontent.com`.'),
    audience: z.string().min(1).max(500).describe('For whom its tokens have to be.'),
    claims: z
      .record(claimName, z.string().min(1).max(500))
      .refine((claims) => Object.keys(claims).length > 0 && Object.keys(claims).length <= 20)
      .describe('What its tokens have to say, 1 to 20 claims; `*` stands for anything.'),
    roles: z.array(roleAtSchema).min(1).max(20),
    by,
  })
  .meta({ id: 'TrustRequest' });
/** A request to trust an issuer. */
export type TrustRequest = z.infer<typeof trustRequestSchema>;

/** Whose jobs are let in. */
export const trustSchema = z
  .object({
    name: z.string(),
    issuer: z.string(),
    audience: z.string(),
    claims: z.record(z.string(), z.string()),
    roles: z.array(roleAtSchema),
    addedBy: z.string(),
    addedAt: moment('When it was added'),
  })
  .meta({ id: 'Trust' });
/** A trust on the wire. */
export type TrustView = z.infer<typeof trustSchema>;
/** All trusts, in the order of their names. */
export const trustListSchema = z.object({ items: z.array(trustSchema) }).meta({ id: 'TrustList' });
