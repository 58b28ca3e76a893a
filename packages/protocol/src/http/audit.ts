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

/** What a verification found. */
export const auditVerificationSchema = z
  .object({
    entries: z.int().describe('Entries that were read.'),
    expired: z.int().describe('Those of which only the hash is left.'),
    intact: z.boolean(),
    firstFault: z
      .object({ sequence: z.int(), problem: z.string() })
      .nullable()
      .describe('The first entry that is wrong.'),
    rootHash: z.string().describe('Root of the tree over what is stored.'),
    headsCompared: z.int().describe('Roots that were known before and are right.'),
    badSignatures: z.array(z.string()).describe('Stored heads that no known key signed.'),
    witnesses: z.array(witnessSchema),
  })
  .meta({ id: 'AuditVerification' });
/** A verification. */
export type AuditVerificationView = z.infer<typeof auditVerificationSchema>;

/** What must not be removed whatever its age. */
export const legalHoldSchema = z
  .object({
    id: z.string(),
    reason: z.string(),
    placedBy: z.string(),
    placedAt: moment,
    from: moment.nullable(),
    to: moment.nullable(),
    subject: z.string().nullable(),
  })
  .meta({ id: 'LegalHold' });
/** A legal hold. */
export type LegalHoldView = z.infer<typeof legalHoldSchema>;
/** The holds in force. */
export const legalHoldsSchema = z.object({ items: z.array(legalHoldSchema) }).meta({ id: 'LegalHolds' });

const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');

/** Places a legal hold. */
export const legalHoldRequestSchema = z
  .strictObject({
    reason: z.string().min(3).max(500).describe('Why; stands in the ledger.'),
    from: z.int().min(0).nullable().default(null).describe('Entries at or after; null: from the first.'),
    to: z.int().min(0).nullable().default(null).describe('Entries before; null: without end.'),
    subject: z.string().min(1).max(300).nullable().default(null).describe('Entries on this alone.'),
    by,
  })
  .meta({ id: 'LegalHoldRequest' });
/** A wish for a hold. */
export type LegalHoldRequest = z.infer<typeof legalHoldRequestSchema>;

/** How long contents of entries are kept. */
export const retentionRuleSchema = z
  .object({
    keptMs: z.int().positive().nullable().describe('Null: for ever.'),
    changedBy: z.string().nullable(),
    changedAt: moment.nullable(),
    expired: z.int().describe('Entries of which only the hash is left.'),
  })
  .meta({ id: 'LedgerRetention' });
/** How long contents are kept. */
export type RetentionRuleView = z.infer<typeof retentionRuleSchema>;

/** The shortest time for which contents are kept: a day, in milliseconds. */
export const LEAST_RETENTION_MS = 86_400_000;

/** Sets how long contents of entries are kept. */
export const retentionRequestSchema = z
  .strictObject({
    keptMs: z.int().min(LEAST_RETENTION_MS).nullable().describe('At least a day; null: for ever.'),
    by,
  })
  .meta({ id: 'LedgerRetentionRequest' });

/** Who changes the key. */
export const keyRotationRequestSchema = z.strictObject({ by }).meta({ id: 'LedgerKeyRotation' });

const span = z.number().nullable().describe('In milliseconds; null when nothing was to be measured.');

/** The four figures of a project's environment. */
export const doraSchema = z
  .object({
    project: z.string(),
    environment: z.string(),
    deployments: z.int().describe('Rollouts that reached their end.'),
    perDay: z.number().describe('Deployment frequency.'),
    leadTimeMs: span.describe('Lead time for changes, the median.'),
    failures: z.int().describe('Rollouts that were taken back, and deployments that were undone.'),
    changeFailureRate: z.number().nullable().describe('From 0 to 1; null without any change.'),
    restoreMs: span.describe('Time to restore, the median.'),
  })
  .meta({ id: 'DoraFigures' });
/** The four figures. */
export type DoraView = z.infer<typeof doraSchema>;
/** The four figures of each project and environment. */
export const doraPageSchema = z
  .object({ from: moment, to: moment, items: z.array(doraSchema) })
  .meta({ id: 'Dora' });
/** The figures of a period. */
export type DoraPageView = z.infer<typeof doraPageSchema>;

/** The forms of the compliance report. */
export const REPORT_FORMS = ['markdown', 'csv'] as const;
/** A form of the compliance report. */
export type ReportForm = (typeof REPORT_FORMS)[number];
