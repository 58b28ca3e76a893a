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
 *   GET  /clusters?cursor=&limit=                              → { items: Cluster[], next }
 *   PUT  /clusters/:name                            ClusterRequest → 200 Cluster
 *   DELETE /clusters/:name?by=                                 → 200 Cluster; 409 while tracks use it
 *   GET  /clusters/:name/health?namespace=                     → ClusterHealth
 *   POST /tracks/:application/:environment/:component/tasks    SubmitRequest → 202 SubmitReply; 429 when too much waits
 *   GET  /tracks/:application/:environment/:component/tasks?state=&session=&cursor=&limit=  → { items: TaskSummary[], next }
 *   POST /tracks/:application/:environment/:component/tasks/retry  RetryRequest → RetryReply
 *   GET  /tasks/:task                                          → Task
 *   POST /tasks/:task/cancel, /tasks/:task/retry               → 200 Task
 *   GET  /queues?cursor=&limit=                                → { items: Queue[], next }
 *   GET  /agents?cursor=&limit=                                → { items: Worker[], next }
 *   POST /agents/:worker/drain                                 → 202 Worker
 *   POST /validations                               ValidationRequest → ValidationReply
 * and outside it: GET /health/live, /health/ready, /startup, /metrics, /openapi.json.
 */
import { z } from 'zod';
import { policyOutcomeSchema } from './policy-outcomes.ts';
import { releaseSourceSchema } from './release-source.ts';
import { planSchema, rolloutSchema } from './views.ts';

const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');
const named = (what: string) => z.string().min(1).max(200).describe(what);

/** Asks for a release of what a file declares. */
export const releaseRequestSchema = z
  .strictObject({
    text: z.string().min(1).max(1_000_000).describe('The text of `sluice.yaml`.'),
    file: z.string().min(1).max(4096).describe('Where it lies, for messages.'),
    baseDirectory: z
      .string()
      .startsWith('/')
      .max(4096)
      .describe("Absolute folder on the server's machine that relative paths start from."),
    environment: named('One of the file; default: its only one.').optional(),
    version: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/)
      .optional()
      .describe('What people call this release; default: a label from the time and content.'),
    strategy: named("A strategy's name or a preset, instead of what the components say.").optional(),
    components: z
      .array(named('A component of the file.'))
      .min(1)
      .max(200)
      .optional()
      .describe('Only these; default all.'),
    lane: z.enum(['normal', 'hotfix']).default('normal'),
    onConflict: z
      .enum(['supersede', 'queue', 'refuse'])
      .default('supersede')
      .describe('When another release is under way.'),
    canaryShareBasisPoints: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe('The share at which a canary begins, in basis points; phases below it are left out.'),
    source: releaseSourceSchema
      .optional()
      .describe('Where the code comes from: shown with the release, told to channels, kept in the ledger.'),
    by,
  })
  .meta({ id: 'ReleaseRequest' });
/** A request for a release, with every default filled in. */
export type ReleaseRequest = z.infer<typeof releaseRequestSchema>;

/** A release request before its defaults are filled in. */
export type ReleaseInput = Partial<ReleaseRequest> & Pick<ReleaseRequest, 'text' | 'file' | 'baseDirectory'>;

/** What a release became, or with `/plans` would become: one rollout per component that changes. */
export const releaseReplySchema = z
  .object({
    application: z.string(),
    environment: z.string(),
    version: z.string(),
    rollouts: z.array(
      z.object({
        track: z.string(),
        component: z.string(),
        revision: z.string(),
        plan: planSchema,
        rollout: rolloutSchema.nullable().describe('Null when nothing was changed.'),
      }),
    ),
    /** Components whose very revision is being rolled out already; that goes on as it is. */
    underWay: z.array(
      z.object({ track: z.string(), component: z.string(), revision: z.string(), rollout: z.string() }),
    ),
    unchanged: z.array(z.object({ track: z.string(), component: z.string(), revision: z.string() })),
    warnings: z.array(z.string()),
    policies: z
      .array(policyOutcomeSchema)
      .optional()
      .describe('What policies said; left out where none was asked.'),
  })
  .meta({ id: 'ReleaseReply' });
/** What a release became. */
export type ReleaseReply = z.infer<typeof releaseReplySchema>;

/** What a person may tell a rollout. */
export const commandRequestSchema = z
  .strictObject({
    command: z.enum(['pause', 'resume', 'promote', 'promote-full', 'skip', 'abort']),
    by,
    seen: z
      .strictObject({ rollout: z.string(), step: z.int().min(0).nullable() })
      .optional()
      .describe(
        'What the person saw; refused when another rollout is under way, or `promote` and `skip` would end another step.',
      ),
  })
  .meta({ id: 'CommandRequest' });
/** A command to the rollout that is under way. */
export type CommandRequest = z.infer<typeof commandRequestSchema>;

/** Brings an earlier revision back. */
export const rollbackRequestSchema = z
  .strictObject({
    to: named('A revision id or version label; default: the revision before the stable one.').optional(),
    bySteps: z.boolean().default(false).describe("By the component's own strategy instead of at once."),
    by,
  })
  .meta({ id: 'RollbackRequest' });
/** A request to bring an earlier revision back, with every default filled in. */
export type RollbackRequest = z.infer<typeof rollbackRequestSchema>;
