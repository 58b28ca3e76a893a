import { z } from 'zod';
import { signedHeadSchema } from '../ledger/head-schema.ts';

const moment = z.int().describe('Milliseconds since 1970.');
const hash = z.string().describe('SHA-256 in hexadecimal.');

/** An entry of the ledger with all that its leaf covers. */
export const auditEntrySchema = z
  .object({
    tenant: z.string(),
    sequence: z.int().describe('From 1 without gaps; its leaf in the tree has the index before it.'),
    at: moment,
    actor: z.string().describe('Who did it: `person:ada`, `token:ci`, or a part of Sluice.'),
    action: z.string().describe('What was done; `expired` when only the hash is left.'),
    subject: z.string().describe('To what it was done.'),
    detail: z.unknown().describe('More about it.'),
    before: hash.optional().describe('Hash of what was there before.'),
    after: hash.optional().describe('Hash of what is there since.'),
    requestId: z.string().optional().describe('The request that brought it about.'),
    reason: z.string().optional(),
    approvals: z
      .array(z.object({ by: z.string(), at: moment.optional(), reason: z.string().optional() }))
      .optional()
      .describe('Who had approved it.'),
    chain: z
      .object({ previous: z.string(), hash: z.string() })
      .optional()
      .describe('Hashes of the chain that the ledger was before it was a tree.'),
    leafHash: z.string().nullable().describe('SHA-256 over the octet 0 and the entry as canonical JSON.'),
    expiredAt: moment.nullable().describe('When its contents were removed, as their time was over.'),
  })
  .meta({ id: 'AuditEntry' });
/** An entry of the ledger. */
export type AuditEntryView = z.infer<typeof auditEntrySchema>;

const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');

/** Entries, newest first. */
export const auditPageSchema = z.object({ items: z.array(auditEntrySchema), next }).meta({ id: 'AuditPage' });

const text = (most: number) => z.string().min(1).max(most).optional();

/** Which entries are wanted, as a query. */
export const auditFilterQuery = {
  from: z.coerce.number().int().min(0).optional().describe('At or after, in milliseconds since 1970.'),
  to: z.coerce.number().int().min(0).optional().describe('Before, in milliseconds since 1970.'),
  actor: text(200).describe('Who did it, exactly.'),
  action: text(100).describe('What was done, exactly.'),
  subject: text(300).describe('To what it was done, exactly.'),
};

/** Which entries are wanted. */
export type AuditFilter = {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
};

/** The forms in which the ledger is exported. */
export const EXPORT_FORMS = ['jsonl', 'csv', 'cef'] as const;
/** A form in which the ledger is exported. */
export type ExportForm = (typeof EXPORT_FORMS)[number];

/** A proof that an entry stands in the tree of a size. */
export const inclusionProofSchema = z
  .object({
    sequence: z.int(),
    size: z.int(),
    leafHash: z.string(),
    rootHash: z.string(),
    proof: z.array(z.string()).describe('PATH of RFC 6962, section 2.1.1.'),
  })
  .meta({ id: 'InclusionProof' });
/** A proof of inclusion. */
export type InclusionProofView = z.infer<typeof inclusionProofSchema>;

/** A proof that a tree continues an earlier one. */
export const consistencyProofSchema = z
  .object({
    from: z.int(),
    to: z.int(),
    fromRoot: z.string(),
    toRoot: z.string(),
    proof: z.array(z.string()).describe('PROOF of RFC 6962, section 2.1.2.'),
  })
  .meta({ id: 'ConsistencyProof' });
/** A proof of consistency. */
export type ConsistencyProofView = z.infer<typeof consistencyProofSchema>;

/** A key that signed heads. */
export const ledgerKeySchema = z
  .object({
    keyId: z.string(),
    publicKey: z.string().describe('PEM of the public Ed25519 key.'),
    firstAt: moment.describe('When it signed first.'),
    firstSize: z.int().describe('Size of the first head that it signed.'),
    lastSize: z.int().describe('Size of the last head that it signed.'),
    signsNow: z.boolean().describe('Whether the server that answers signs with it.'),
  })
  .meta({ id: 'LedgerKey' });
/** A key that signed heads. */
export type LedgerKeyView = z.infer<typeof ledgerKeySchema>;
/** All keys that signed heads. */
export const ledgerKeysSchema = z.object({ items: z.array(ledgerKeySchema) }).meta({ id: 'LedgerKeys' });

/** Somebody outside of the database who keeps the last head. */
export const witnessSchema = z
  .object({
    name: z.string(),
    kind: z.enum(['server', 'host', 'git', 'worker']),
    state: z.enum(['agrees', 'contradicts', 'unreachable', 'waits']),
    head: signedHeadSchema.nullable().describe('The last head that it has.'),
    askedAt: moment.nullable(),
    problem: z.string().nullable().describe('What is wrong with it or with the ledger.'),
  })
  .meta({ id: 'LedgerWitness' });
/** A witness. */
export type WitnessView = z.infer<typeof witnessSchema>;
/** All witnesses of a ledger. */
export const witnessesSchema = z.object({ items: z.array(witnessSchema) }).meta({ id: 'LedgerWitnesses' });
