/** What is made of the ledger, and how long its contents are kept. */
import { z } from 'zod';
import { witnessSchema } from './audit.ts';

const moment = z.int().describe('Milliseconds since 1970.');

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
