/** What the control plane shows of itself over HTTP. Wire types; `server/api` translates from the domain. */
import { z } from 'zod';
import { faultSchema } from './fault.ts';
import { approvalsSchema, gateSchema } from './gates.ts';
import { releaseSourceSchema } from './release-source.ts';
import { splitSchema } from '../host/split-schema.ts';

const instant = z.number().describe('Milliseconds since the epoch.');

/** Requests, failures and latency of one side of a rollout since it began. */
export const armSchema = z
  .object({
    requests: z.int(),
    errors: z.int(),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
  })
  .meta({ id: 'Arm' });
/** The counts of one side of a rollout. */
export type ArmView = z.infer<typeof armSchema>;

/** What all evidence says, as odds and in sentences. */
export const evidenceSchema = z
  .object({
    verdict: z.enum(['pass', 'fail', 'inconclusive', 'no-data', 'provider-error']),
    detail: z.string(),
    oddsAgainst: z.number(),
    pValue: z.number(),
    leaning: z.enum(['against', 'none', 'for']),
    attribution: z.string().nullable(),
    ratio: z.object({ estimate: z.number(), low: z.number(), high: z.number().nullable() }).nullable(),
    excludedAbove: z.number().nullable(),
    moreRequests: z.number().nullable(),
    sentences: z.array(z.string()),
    candidate: armSchema,
    stable: armSchema,
  })
  .meta({ id: 'Evidence' });
/** What all evidence says. */
export type EvidenceView = z.infer<typeof evidenceSchema>;

/** The names of the phases of a rollout. */
export const phaseNameSchema = z.enum([
  'queued',
  'planned',
  'running',
  'held',
  'promoting',
  'succeeded',
  'rolling-back',
  'rolled-back',
  'stuck',
]);

/** A plan as it can be read before anything happens. */
export const planSchema = z
  .object({
    strategy: z.string(),
    kind: z.string(),
    promotes: z.boolean(),
    traffic: z
      .enum(['counted', 'uncounted'])
      .optional()
      .describe(
        'Whether anybody counts the requests of a revision; where nobody does, no evidence comes of them.',
      ),
    unit: z
      .enum(['requests', 'attempts'])
      .optional()
      .describe('What is counted: requests to a service, or attempts of agents at tasks.'),
    steps: z.array(z.object({ kind: z.string(), words: z.string(), candidateShareBasisPoints: z.int() })),
    /** Per hard limit: how often a good release would break it, and how soon a bad one does. */
    limits: z.array(
      z.object({
        limit: z.string(),
        falseRollbackRate: z.number().nullable(),
        detectionSeconds: z.number().nullable(),
        words: z.string(),
      }),
    ),
    detects: z
      .string()
      .nullable()
      .default(null)
      .describe('What the expected evidence can show, in words; null where that is not known.'),
    gates: z
      .array(z.string())
      .optional()
      .describe('What it has to pass, one sentence each; left out for nothing.'),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Plan' });
/** A plan on the wire. */
export type PlanView = z.infer<typeof planSchema>;

/** One release of one component. */
export const rolloutSchema = z
  .object({
    id: z.string(),
    number: z.int(),
    track: z.string(),
    version: z.string(),
    lane: z.enum(['normal', 'hotfix', 'undo']),
    candidate: z.string(),
    stable: z.string().nullable(),
    requestedAt: instant,
    requestedBy: z.string(),
    source: releaseSourceSchema.optional().describe('Where its code comes from; left out where nobody said.'),
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
    verdictAt: instant.nullable(),
    phase: phaseNameSchema,
    outcome: z.enum(['succeeded', 'rolled-back']).nullable(),
    /** Why it is held, stuck or taken back; null otherwise. */
    reason: z.object({ kind: z.string(), detail: z.string() }).nullable(),
    /** Index of the present step; null before the first and after the last. */
    step: z.int().nullable(),
    candidateShareBasisPoints: z.int(),
    plan: planSchema,
    evidence: evidenceSchema.nullable(),
    approvals: approvalsSchema
      .optional()
      .describe('Who has approved it, and who has to; left out where nobody was asked.'),
  })
  .meta({ id: 'Rollout' });
/** A release of a component on the wire. */
export type RolloutView = z.infer<typeof rolloutSchema>;

/** What runs of one revision, and what share it has. */
export const revisionStatusSchema = z
  .object({
    revision: z.string(),
    version: z.string(),
    role: z.enum(['stable', 'candidate', 'retained', 'retiring']),
    shareBasisPoints: z.int(),
    ordered: z.int(),
    ready: z.int().nullable().describe('Null when the target could not be asked.'),
    reason: z.string().nullable(),
    retainedUntil: instant.nullable(),
  })
  .meta({ id: 'RevisionStatus' });

/** One component in one environment: what runs, what is under way, and why it waits. */
export const trackSchema = z
  .object({
    id: z.string(),
    application: z.string(),
    environment: z.string(),
    component: z.string(),
    version: z.int().describe('Counts commits; the entity tag begins with it.'),
    stable: z.object({ revision: z.string(), version: z.string() }).nullable(),
    split: splitSchema,
    splitConfirmed: z.boolean(),
    revisions: z.array(revisionStatusSchema),
    active: rolloutSchema.nullable(),
    gates: z
      .array(gateSchema)
      .optional()
      .describe('What the rollout under way has to pass, open and closed.'),
    queued: z.array(z.object({ id: z.string(), version: z.string() })),
    last: rolloutSchema.nullable(),
    /** Revisions that `rollback --to` can bring back, newest first. */
    history: z.array(z.object({ revision: z.string(), version: z.string() })),
    explanation: z.object({
      doing: z.string(),
      waitingFor: z.string().nullable(),
      next: z.string().nullable(),
      evidence: z.array(z.string()),
      refusedOrders: z
        .array(z.object({ ordered: z.string(), reason: z.string(), at: instant }))
        .optional()
        .describe('Orders that are due and were refused or failed when they were last given.'),
    }),
  })
  .meta({ id: 'Track' });
/** A track on the wire. */
export type TrackView = z.infer<typeof trackSchema>;

/** A past fact about a track. */
export const eventSchema = z
  .object({
    sequence: z.int(),
    at: instant,
    track: z.string(),
    rollout: z.string().nullable(),
    kind: z.string(),
    words: z.string(),
    body: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });
/** A past fact on the wire. */
export type EventView = z.infer<typeof eventSchema>;

/** An entry of the ledger: who did what to what, a leaf of its tree. */
export const ledgerEntrySchema = z
  .object({
    sequence: z.int(),
    at: instant,
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    detail: z.record(z.string(), z.unknown()),
    hash: z.string(),
  })
  .meta({ id: 'LedgerEntry' });
/** A ledger entry on the wire. */
export type LedgerEntryView = z.infer<typeof ledgerEntrySchema>;

/** A problem by RFC 9457: `code` is stable; `remedy` says what to do next. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    remedy: z.string(),
    instance: z.string().optional().describe('Names this occurrence; the request id stands in it.'),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .describe(
        'For a refused request: each fault with a JSON pointer into the body, query, path or headers.',
      ),
    faults: z.array(faultSchema).optional().describe('For a refused file: every fault with its place.'),
  })
  .meta({ id: 'Problem' });
/** A refusal or failure on the wire. */
export type Problem = z.infer<typeof problemSchema>;
