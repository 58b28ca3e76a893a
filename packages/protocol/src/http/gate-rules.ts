/** What is declared for many releases: freezes, windows and rules of approval; and what is left of error budgets. */
import { z } from 'zod';
import { gateNameSchema, gateScopeSchema } from './gates.ts';

const instant = z.number().describe('Milliseconds since the epoch.');
const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');
const reason = z.string().max(1000).regex(/\S/, 'says nothing');

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
    system: z
      .boolean()
      .default(false)
      .describe(
        'Whether it holds in every organisation; for whoever runs the control plane, with gates:manage everywhere.',
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
    system: z
      .boolean()
      .describe('Whether it holds in every organisation; whoever runs the control plane lifts it.'),
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
