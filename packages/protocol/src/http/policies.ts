/** Rules in CEL that releases have to keep to. */
import { z } from 'zod';
import { releaseRequestSchema } from './requests.ts';
import { policyOutcomeSchema } from './policy-outcomes.ts';

const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');

/** The names of policies, as Kubernetes has them. */
export const policyNameSchema = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
  .describe('A name of lower-case letters, digits, "-" and ".".');

const action = z.enum(['deny', 'warn', 'audit']);
const patterns = (what: string) =>
  z
    .array(
      z
        .string()
        .min(1)
        .max(100)
        .regex(/^[A-Za-z0-9._*-]+$/),
    )
    .min(1)
    .max(50)
    .describe(what);
const file = z.string().min(1).max(4096).default('policies.yaml').describe('Where it lies, for messages.');
const text = z
  .string()
  .min(1)
  .max(1_000_000)
  .describe('YAML: ValidatingAdmissionPolicy (v1) with its bindings and parameters, or ReleasePolicy.');

/** Adds the policies of a file. */
export const policiesRequestSchema = z
  .strictObject({
    text: text.optional(),
    starter: z.boolean().default(false).describe('Adds the set that comes with Sluice instead of a file.'),
    file,
    projects: patterns('Only these; `*` stands for any part. Default: what the file says.').optional(),
    applications: patterns('Only these; `*` stands for any part. Default: what the file says.').optional(),
    environments: patterns('Only these; `*` stands for any part. Default: what the file says.').optional(),
    action: action.optional().describe('Instead of what the file says.'),
    by,
  })
  .meta({ id: 'PoliciesRequest' });
/** A request to add policies, with every default filled in. */
export type PoliciesRequest = z.infer<typeof policiesRequestSchema>;

/** A policy that is in force. */
export const policySchema = z
  .object({
    name: z.string(),
    version: z.int().describe('Counts its changes, from 1.'),
    format: z.enum(['ReleasePolicy', 'ValidatingAdmissionPolicy']),
    description: z.string(),
    projects: z.array(z.string()),
    applications: z.array(z.string()),
    environments: z.array(z.string()),
    actions: z.array(action).describe('What becomes of a release that breaks it.'),
    failurePolicy: z.enum(['Fail', 'Ignore']).describe('What an expression without an answer means.'),
    changedAt: z.int().describe('In milliseconds since the epoch.'),
    changedBy: z.string(),
  })
  .meta({ id: 'Policy' });
/** A policy on the wire. */
export type PolicyView = z.infer<typeof policySchema>;

/** A policy with its expressions and its past. */
export const policyDetailSchema = policySchema
  .extend({
    document: z.record(z.string(), z.unknown()).describe('The policy as it was read.'),
    text: z
      .string()
      .describe(
        'The policy as a file that adds it again; its scope stands beside it where its format has none.',
      ),
    versions: z
      .array(z.object({ version: z.int(), at: z.int(), by: z.string(), removed: z.boolean() }))
      .describe('The newest first; at most 50.'),
  })
  .meta({ id: 'PolicyDetail' });
/** A policy with its expressions on the wire. */
export type PolicyDetailView = z.infer<typeof policyDetailSchema>;

/** Policies in the order of their names. */
export const policyPageSchema = z
  .object({
    items: z.array(policySchema),
    next: z.string().nullable().describe('Give it as `cursor` to go on; null at the end.'),
  })
  .meta({ id: 'PolicyPage' });

/** What adding a file came to. */
export const policyAdditionSchema = z
  .object({
    items: z.array(policySchema.extend({ change: z.enum(['added', 'changed', 'unchanged']) })),
    notes: z.array(z.string()),
  })
  .meta({ id: 'PolicyAddition' });
/** What adding a file came to. */
export type PolicyAddition = z.infer<typeof policyAdditionSchema>;

/** Asks whether a file of policies is right. */
export const policyCheckRequestSchema = z.strictObject({ text, file }).meta({ id: 'PolicyCheckRequest' });

/** What a file of policies holds, or what is wrong with it. */
export const policyCheckSchema = z
  .object({
    ok: z.boolean(),
    policies: z.array(z.string()),
    notes: z.array(z.string()),
    faults: z.array(z.object({ line: z.int(), path: z.string(), message: z.string() })),
  })
  .meta({ id: 'PolicyCheck' });
/** What a file of policies holds, or what is wrong with it. */
export type PolicyCheck = z.infer<typeof policyCheckSchema>;

/** Asks policies about a release or objects, and changes nothing. */
export const policyTestRequestSchema = z
  .strictObject({
    text: text.optional().describe('Policies to ask; default: those in force.'),
    file,
    release: releaseRequestSchema.optional().describe('What would be released; or:'),
    objects: z.string().min(1).max(1_000_000).optional().describe('Manifests of Kubernetes; or:'),
    track: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('What is under way on this track, or else what is stable there: `shop/production/web`.'),
    application: z.string().min(1).max(100).default('default').describe('To whom the objects belong.'),
    environment: z.string().min(1).max(100).default('default').describe('Where the objects belong.'),
    by,
  })
  .meta({ id: 'PolicyTestRequest' });
/** A question to policies, with every default filled in. */
export type PolicyTestRequest = z.infer<typeof policyTestRequestSchema>;

/** What policies say. */
export const policyTestSchema = z
  .object({
    allowed: z.boolean().describe('Whether it would not be refused for them.'),
    denials: z.array(z.string()),
    warnings: z.array(z.string()),
    outcomes: z.array(policyOutcomeSchema),
  })
  .meta({ id: 'PolicyTest' });
/** What policies say. */
export type PolicyTestView = z.infer<typeof policyTestSchema>;
