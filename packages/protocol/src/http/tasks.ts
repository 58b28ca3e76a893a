/** Tasks of agents, from request to end. */
import { z } from 'zod';

const instant = (what: string) => z.int().describe(`${what} In milliseconds since the epoch.`);
const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');

/** Tasks of one request. */
const TASKS_AT_ONCE = 1000;

/** Where a task stands. */
export const taskStateSchema = z
  .enum(['blocked', 'scheduled', 'waiting', 'running', 'succeeded', 'dead', 'cancelled'])
  .meta({ id: 'TaskState' });
/** Where a task stands. */
export type TaskStateView = z.infer<typeof taskStateSchema>;

/** The id of a task: a UUID of version 7, so that ids go with time. */
export const taskIdSchema = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .describe('Id of the task.');

const text = (what: string) => z.string().min(1).max(200).describe(what);

/** The name of a session, as it stands in requests. */
export const sessionSchema = text('Tasks of one session, or conversation, stay on one revision.');

const labels = (what: string) =>
  z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}=[A-Za-z0-9][A-Za-z0-9._:/-]{0,62}$/)
        .describe('`key=value`.'),
    )
    .max(20)
    .default([])
    .describe(what);

/** Which workers a task is for, among those that are able to do it. */
const affinitySchema = z
  .strictObject({
    require: labels('Only workers with all of these labels.'),
    prefer: labels('Workers with all of these labels, while one has room; after a moment any.'),
    avoid: labels('Not workers with one of these labels, while another has room; after a moment any.'),
    apartFrom: taskIdSchema.optional().describe('Not the worker that had this task last.'),
  })
  .meta({ id: 'Affinity' });

/** A task that somebody asks for. */
export const newTaskSchema = z
  .strictObject({
    input: z.unknown().default(null).describe('What the worker is given: any JSON, at most 256 KiB of it.'),
    priority: z
      .int()
      .min(0)
      .max(9)
      .default(5)
      .describe('The higher, the more of the workers while others wait.'),
    fairnessKey: text('Whose share of the workers it counts against, usually a customer.').optional(),
    session: sessionSchema.optional(),
    capabilities: z
      .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/))
      .max(20)
      .default([])
      .describe('What a worker must be able to do.'),
    affinity: affinitySchema.optional(),
    dueAt: instant('It does not begin before this moment.').min(0).optional(),
    deadlineAt: instant('It is of no use after this moment.').min(0).optional(),
    idempotencyKey: text('A second task with the same key is answered with the first.').optional(),
  })
  .meta({ id: 'NewTask' });
/** A task that somebody asks for, with its defaults. */
export type NewTaskView = z.infer<typeof newTaskSchema>;

/** Asks for tasks of one component of agents: all of them are taken, or none. */
export const submitRequestSchema = z
  .strictObject({ tasks: z.array(newTaskSchema).min(1).max(TASKS_AT_ONCE) })
  .meta({ id: 'SubmitRequest' });

/** The tasks that were taken, in the order in which they were asked for. */
export const submitReplySchema = z
  .object({
    tasks: z.array(
      z.object({
        id: z.string(),
        isNew: z.boolean().describe('False where an earlier task has the same idempotency key.'),
      }),
    ),
  })
  .meta({ id: 'SubmitReply' });
/** What became of a submit. */
export type SubmitReply = z.infer<typeof submitReplySchema>;

const summaryShape = {
  id: z.string(),
  track: z.string().describe('`application/environment/component`.'),
  revision: z.string().describe('That it was dealt to.'),
  state: taskStateSchema,
  priority: z.int(),
  fairnessKey: z.string().nullable(),
  session: z.string().nullable(),
  capabilities: z.array(z.string()),
  labels: z
    .object({ require: z.array(z.string()), prefer: z.array(z.string()), avoid: z.array(z.string()) })
    .describe('What it asks of its worker beyond capabilities, each `key=value`.'),
  attempt: z.int().describe('How often a worker was given it.'),
  failures: z.int().describe('How often it has failed since it was submitted, or last retried by a person.'),
  failure: z
    .object({ failureClass: z.string(), message: z.string() })
    .nullable()
    .describe('The last one, also where a later attempt went well.'),
  worker: z.string().nullable().describe('That had it last.'),
  dueAt: instant('It does not begin before this moment.').nullable(),
  deadlineAt: instant('It is of no use after this moment.').nullable(),
  createdAt: instant('When it came in.'),
  startedAt: instant('When its last attempt began.').nullable(),
  endedAt: instant('When it ended.').nullable(),
};

/** A task without what it carries. */
const taskSummarySchema = z.object(summaryShape).meta({ id: 'TaskSummary' });
/** A task without what it carries. */
export type TaskSummaryView = z.infer<typeof taskSummarySchema>;

/** A task with what it was given and what came of it. */
export const taskSchema = z
  .object({
    ...summaryShape,
    input: z.unknown().describe('Any JSON.'),
    result: z.unknown().describe('Any JSON; null until it has succeeded.'),
    cancelReason: z.string().nullable().default(null).describe('Why somebody ended it.'),
  })
  .meta({ id: 'Task' });
/** A task on the wire. */
export type TaskView = z.infer<typeof taskSchema>;

/** Who does something, for the ledger. */
export const byQuery = {
  by: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Who asks; stands in the ledger. Programs leave it out.'),
};

/** Who ends a task, and why. */
export const cancelQuerySchema = z.strictObject({
  ...byQuery,
  reason: z.string().min(1).max(1_000).optional().describe('Why; it stands with the task.'),
});

/** Tasks, newest first. */
export const taskPageSchema = z.object({ items: z.array(taskSummarySchema), next }).meta({ id: 'TaskPage' });

/** Asks that dead letters be tried again. */
export const retryRequestSchema = z
  .strictObject({
    limit: z
      .int()
      .min(1)
      .max(TASKS_AT_ONCE)
      .default(TASKS_AT_ONCE)
      .describe('Most dead letters of one request.'),
  })
  .meta({ id: 'RetryRequest' });

/** What became of dead letters. */
export const retryReplySchema = z
  .object({
    retried: z.array(z.string()).describe('Ids of the tasks that wait again.'),
    hasMore: z.boolean().describe('Whether there are more dead letters; ask again for them.'),
  })
  .meta({ id: 'RetryReply' });
/** What became of dead letters. */
export type RetryReply = z.infer<typeof retryReplySchema>;
