import { z } from 'zod';

/** Whether the control plane can do its work, and what hinders it. */
export const healthSchema = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    /** What was looked at; empty for liveness. */
    checks: z.array(
      z.object({ name: z.string(), ok: z.boolean(), detail: z.string().describe('What is wrong; or `ok`.') }),
    ),
    exposure: z.string().describe('Who can reach this API.'),
  })
  .meta({ id: 'Health' });
/** The health of a control plane. */
export type HealthView = z.infer<typeof healthSchema>;

/** Whether the ledger is as it was written. */
export const ledgerVerificationSchema = z
  .object({
    entries: z.int().describe('Entries that were read.'),
    intact: z.boolean(),
    firstFault: z
      .object({ sequence: z.int(), problem: z.string() })
      .nullable()
      .describe('The first entry that does not follow from the one before it.'),
  })
  .meta({ id: 'LedgerVerification' });
/** The result of a verification. */
export type LedgerVerification = z.infer<typeof ledgerVerificationSchema>;
