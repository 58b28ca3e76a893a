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

/** Declares a freeze. */
export const freezeRequestSchema = z
  .strictObject({
    name: gateNameSchema.optional().describe('What it is called; default: a name from its number.'),
    scope: gateScopeSchema.default({}),
    reason: reason.describe('Why nothing goes out; whoever waits is told.'),
    from: instant.optional().describe('Default: now.'),
    until: instant.optional().describe('Default: until somebody lifts it.'),
    holds: z
      .enum(['starts', 'everything'])
      .default('starts')
      .describe(
        '`starts` lets what is under way finish; `everything` stops the line: no candidate gets more.',
      ),
    by,
  })
  .meta({ id: 'FreezeRequest' });
/** A request for a freeze. */
export type FreezeRequest = z.infer<typeof freezeRequestSchema>;

/** A freeze that holds, or will. */
export const freezeSchema = z
  .object({
    name: z.string(),
    scope: gateScopeSchema,
    words: z.string().describe('Where and when it holds.'),
    reason: z.string(),
    from: instant,
    until: instant.nullable(),
    holds: z.enum(['starts', 'everything']),
    inForce: z.boolean().describe('Whether it has begun.'),
    declaredBy: z.string(),
    declaredAt: instant,
  })
  .meta({ id: 'Freeze' });
/** A freeze on the wire. */
export type FreezeView = z.infer<typeof freezeSchema>;

const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');

/** Freezes in the order of their names. */
export const freezePageSchema = z.object({ items: z.array(freezeSchema), next }).meta({ id: 'FreezePage' });

/** Declares a window, or changes it. */
export const windowRequestSchema = z
  .strictObject({
    effect: z
      .enum(['allow', 'deny'])
      .describe(
        'Releases go out within those that allow alone, where there are any, and never within one that denies.',
      ),
    times: z
      .string()
      .min(1)
      .max(200)
      .describe('Days and hours: `mon-fri 09:00-17:00`, `sat,sun`, `daily 22:00-02:00`.'),
    zone: z.string().min(1).max(100).default('UTC').describe('A time zone: `Europe/Berlin`.'),
    scope: gateScopeSchema.default({}),
    underWay: z
      .enum(['hold', 'finish'])
      .default('hold')
      .describe('Whether it holds what is under way before each larger share, or lets that finish.'),
    by,
  })
  .meta({ id: 'WindowRequest' });
/** A request for a window. */
export type WindowRequest = z.infer<typeof windowRequestSchema>;

/** A time of the week in which releases go out, or do not. */
export const windowSchema = z
  .object({
    name: z.string(),
    effect: z.enum(['allow', 'deny']),
    times: z.string(),
    zone: z.string(),
    scope: gateScopeSchema,
    underWay: z.enum(['hold', 'finish']),
    words: z.string().describe('Where it holds.'),
    declaredBy: z.string(),
    declaredAt: instant,
  })
  .meta({ id: 'ReleaseWindow' });
/** A window on the wire. */
export type WindowView = z.infer<typeof windowSchema>;

/** Windows in the order of their names. */
export const windowPageSchema = z
  .object({ items: z.array(windowSchema), next })
  .meta({ id: 'ReleaseWindowPage' });

/** Demands approvals of every release somewhere. */
export const approvalRuleRequestSchema = z
  .strictObject({
    approvers: z
      .string()
      .min(1)
      .max(500)
      .describe('`1 of sre`, `2 of managers or sre`, or `2` of whoever may approve.'),
    scope: gateScopeSchema.default({}),
    selfApproval: z
      .enum(['refused', 'allowed'])
      .default('refused')
      .describe('Whether whoever asks for a release may approve it.'),
    expiresMs: z
      .int()
      .min(60_000)
      .max(7_776_000_000)
      .optional()
      .describe('After how long an approval counts no more; default: a week.'),
    by,
  })
  .meta({ id: 'ApprovalRuleRequest' });
/** A request for a rule of approval. */
export type ApprovalRuleRequest = z.infer<typeof approvalRuleRequestSchema>;

/** Who has to approve releases somewhere, whatever their files say. */
export const approvalRuleSchema = z
  .object({
    name: z.string(),
    words: z.string(),
    needed: z.int(),
    of: z.array(z.string()).describe('Roles, groups or subjects; empty: whoever may approve.'),
    scope: gateScopeSchema,
    selfApproval: z.enum(['refused', 'allowed']),
    expiresMs: z.int(),
    declaredBy: z.string(),
    declaredAt: instant,
  })
  .meta({ id: 'ApprovalRule' });
/** A rule of approval on the wire. */
export type ApprovalRuleView = z.infer<typeof approvalRuleSchema>;

/** Rules in the order of their names. */
export const approvalRulePageSchema = z
  .object({ items: z.array(approvalRuleSchema), next })
  .meta({ id: 'ApprovalRulePage' });

/** How the error budget of a track stands. */
export const errorBudgetSchema = z
  .object({
    track: z.string(),
    objective: z.number().describe('The share of requests that are to succeed.'),
    windowMs: z.int(),
    requests: z.int(),
    errors: z.int(),
    left: z.number().describe('The part of the budget that is left; below 0 when more failed than may.'),
    closed: z.boolean().describe('Whether releases wait.'),
    words: z.string(),
    burns: z.array(
      z.object({
        longMs: z.int(),
        shortMs: z.int(),
        limit: z.number().describe('The burn rate at which it counts, in both windows.'),
        longRate: z.number(),
        shortRate: z.number(),
        severity: z.enum(['emergency', 'trouble']),
        on: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'ErrorBudget' });
/** An error budget on the wire. */
export type ErrorBudgetView = z.infer<typeof errorBudgetSchema>;
