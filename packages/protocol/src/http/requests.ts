/**
 * The HTTP API under `/api/v1`. Every operation answers JSON; refusals are `application/problem+json`.
 *
 *   POST /releases                                  ReleaseRequest → 202 ReleaseReply (Idempotency-Key honoured)
 *   POST /plans                                     ReleaseRequest → 200 ReleaseReply, nothing is changed
 *   GET  /tracks?application=&environment=&cursor=&limit=      → { items: TrackView[], next: string | null }
 *   GET  /tracks/:application/:environment/:component          → TrackView, ETag
 *   POST /tracks/:application/:environment/:component/commands CommandRequest → 200 TrackView (If-Match honoured)
 *   POST /tracks/:application/:environment/:component/rollbacks RollbackRequest → 202 TrackView
 *   GET  /tracks/:application/:environment/:component/logs?revision=&tail=  → text/plain
 *   GET  /rollouts?track=&cursor=&limit=                       → { items: RolloutView[], next }
 *   GET  /rollouts/:id                                         → RolloutView
 *   GET  /rollouts/:id/events?cursor=&limit=                   → { items: EventView[], next }
 *   GET  /rollouts/:id/report  (Accept: application/json | text/markdown)
 *   GET  /events?after=SEQUENCE   text/event-stream of EventView (id = sequence; Last-Event-ID honoured)
 *   GET  /ledger?cursor=&limit=                                → { items: LedgerEntry[], next }
 *   GET  /ledger/verification                                  → { entries, intact, firstFault }
 *   POST /validations                               { text, file, environment? } → { ok, faults, environments }
 * and outside it: GET /health/live, /health/ready, /startup, /metrics, /openapi.json.
 */
import { z } from 'zod';
import { planSchema, rolloutSchema } from './views.ts';

/** Asks for a release of what a file declares. */
export const releaseRequestSchema = z.strictObject({
  /** The text of `sluice.yaml` and where it lies, for messages and relative paths. */
  text: z.string().min(1).max(1_000_000),
  file: z.string().min(1),
  /** Absolute folder on the server's machine that relative paths start from. */
  baseDirectory: z.string().startsWith('/'),
  environment: z.string().optional(),
  /** What people call this release; default: a label from the time and content. */
  version: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/)
    .optional(),
  /** A strategy's name or a preset that replaces what the components say. */
  strategy: z.string().optional(),
  /** Only these components; default all. */
  components: z.array(z.string()).min(1).optional(),
  lane: z.enum(['normal', 'hotfix']).default('normal'),
  /** When another release is under way. */
  onConflict: z.enum(['supersede', 'queue', 'refuse']).default('supersede'),
  /** The share at which a canary begins, in basis points; phases below it are left out. */
  canaryShareBasisPoints: z.int().min(1).max(10_000).optional(),
  by: z.string().min(1).max(200).default('anonymous'),
});
export type ReleaseRequest = z.infer<typeof releaseRequestSchema>;

/** What a release became, or with `/plans` would become: one rollout per component that changes. */
export const releaseReplySchema = z.object({
  application: z.string(),
  environment: z.string(),
  version: z.string(),
  rollouts: z.array(
    z.object({
      track: z.string(),
      component: z.string(),
      revision: z.string(),
      plan: planSchema,
      rollout: rolloutSchema.nullable(),
    }),
  ),
  unchanged: z.array(z.object({ track: z.string(), component: z.string(), revision: z.string() })),
  warnings: z.array(z.string()),
});
export type ReleaseReply = z.infer<typeof releaseReplySchema>;

export const commandRequestSchema = z.strictObject({
  command: z.enum(['pause', 'resume', 'promote', 'promote-full', 'skip', 'abort']),
  by: z.string().min(1).max(200).default('anonymous'),
});
export type CommandRequest = z.infer<typeof commandRequestSchema>;

/** Brings an earlier revision back: `to` a revision id or version label, default the one before stable. */
export const rollbackRequestSchema = z.strictObject({
  to: z.string().optional(),
  /** By the component's own strategy instead of at once. */
  bySteps: z.boolean().default(false),
  by: z.string().min(1).max(200).default('anonymous'),
});
export type RollbackRequest = z.infer<typeof rollbackRequestSchema>;
