/** What keeps releases from going out: approvals, windows, freezes and the like. */
import { z } from 'zod';

const instant = z.number().describe('Milliseconds since the epoch.');
const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');
const reason = z.string().max(1000).regex(/\S/, 'says nothing');

/** What a gate is made of. */
export const gateKindSchema = z.enum([
  'approval',
  'window',
  'freeze',
  'dependency',
  'error-budget',
  'unknown',
]);

/** A condition that a rollout has to meet before it begins, or before its candidate gets more. */
export const gateSchema = z
  .object({
    kind: gateKindSchema,
    words: z.string(),
    open: z.boolean(),
    opensAt: instant
      .nullable()
      .describe('When it opens by itself; null when that is not known, or it is open.'),
    holds: z.enum(['starts', 'everything']).describe('Whether it holds what is under way as well.'),
  })
  .meta({ id: 'Gate' });
/** A gate on the wire. */
export type GateView = z.infer<typeof gateSchema>;

/** Who has approved a rollout, who has to, and who let it pass without. */
export const approvalsSchema = z
  .object({
    planHash: z
      .string()
      .describe('What is approved: SHA-256 over the plan, the revision and who asked for it.'),
    step: z
      .int()
      .nullable()
      .describe('The step that waits for approval; null when the release itself does, or nothing.'),
    asked: z.boolean().describe('Whether approvals are missing now.'),
    rules: z.array(
      z.object({
        words: z.string(),
        needed: z.int(),
        of: z.array(z.string()).describe('Roles, groups or subjects; empty: whoever may approve.'),
        approvedBy: z.array(z.string()),
        granted: z.boolean(),
        ignored: z.array(z.object({ subject: z.string(), why: z.string() })),
      }),
    ),
    votes: z.array(
      z.object({
        subject: z.string(),
        decision: z.enum(['approve', 'reject']),
        reason: z.string().nullable(),
        at: instant,
        step: z.int().nullable(),
      }),
    ),
    glass: z
      .object({ by: z.string(), reason: z.string(), at: instant })
      .nullable()
      .describe('Who let it pass every gate; null while nobody has.'),
  })
  .meta({ id: 'Approvals' });
/** Approvals on the wire. */
export type ApprovalsView = z.infer<typeof approvalsSchema>;

/** An approval or a rejection. */
export const voteRequestSchema = z
  .strictObject({
    decision: z.enum(['approve', 'reject']),
    reason: reason.optional().describe('Everybody is told; a rejection needs one.'),
    rollout: z.string().min(1).max(100).optional().describe('Default: the one under way, or else the next.'),
    planHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .describe('The plan that was looked at; refused when it is another by now.'),
    by,
  })
  .meta({ id: 'VoteRequest' });
/** A request to approve or reject. */
export type VoteRequest = z.infer<typeof voteRequestSchema>;

/** Lets a rollout pass every gate. */
export const glassRequestSchema = z
  .strictObject({
    reason: reason.describe('Why it cannot wait; everybody is told.'),
    rollout: z.string().min(1).max(100).optional().describe('Default: the one under way, or else the next.'),
    by,
  })
  .meta({ id: 'BreakGlassRequest' });
/** A request to pass every gate. */
export type GlassRequest = z.infer<typeof glassRequestSchema>;

const scopeName = (what: string) => z.string().min(1).max(100).describe(`${what} Default: every one.`);

/** Where something holds. */
export const gateScopeSchema = z
  .strictObject({
    project: scopeName('A project.').optional(),
    application: scopeName('An application.').optional(),
    environment: scopeName('An environment.').optional(),
    component: scopeName('A component.').optional(),
  })
  .meta({ id: 'GateScope' });

/** The names of freezes and windows. */
export const gateNameSchema = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
  .describe('A name of lower-case letters, digits and "-", at most 63 long.');
