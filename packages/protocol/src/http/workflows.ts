/** Workflows: tasks that wait for others. */
import { z } from 'zod';
import { ID_RULES } from './id-rules.ts';
import { taskIdSchema, taskStateSchema } from './tasks.ts';

const instant = (what: string) => z.int().describe(`${what} In milliseconds since the epoch.`);
const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');
const text = (what: string) => z.string().min(1).max(200).describe(what);
const nodeName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const LONGEST_PAUSE_MS = 30 * 86_400_000;

/** The id of a workflow: a UUID of version 7, so that ids go with time. */
export const workflowIdSchema = taskIdSchema.describe('Id of the workflow.');

const requestShape = {
  track: z
    .string()
    .regex(ID_RULES.id)
    .describe('Who does it: `application/environment/component`, a component of agents.'),
  input: z
    .unknown()
    .optional()
    .describe(
      'Any JSON. In it `{"$result": "name/path"}` stands for the result of a task that it waits for, ' +
        '`{"$input": "/path"}` for a part of the workflow\'s input, `{"$outcomes": true}` for everything that came of ' +
        'those that it waits for.',
    ),
  priority: z.int().min(0).max(9).optional().describe('The higher, the more of the workers; 5 without.'),
  fairnessKey: text('Whose share of the workers it counts against, usually a customer.').optional(),
  session: text('Tasks of one session stay on one revision.').optional(),
  capabilities: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/))
    .max(20)
    .optional()
    .describe('What a worker must be able to do.'),
  delayMs: z
    .int()
    .min(0)
    .max(LONGEST_PAUSE_MS)
    .optional()
    .describe('A pause between the moment at which it could begin and its beginning.'),
  withinMs: z.int().min(1).max(LONGEST_PAUSE_MS).optional().describe('How long it may take from then on.'),
};

const compensationSchema = z
  .strictObject(requestShape)
  .meta({ id: 'WorkflowCompensation' })
  .describe('Undoes a task that has succeeded; without an input it is given the result of that.');

/** When a task may begin that waits for others. */
const joinSchema = z
  .union([
    z.enum(['all', 'any', 'settled']),
    z.strictObject({ quorum: z.int().min(1).max(10_000).describe('So many have to succeed.') }),
  ])
  .meta({ id: 'WorkflowJoin' })
  .describe('When it may begin: all have succeeded, the first or so many have, or all have ended.');

/** A task of a workflow that somebody asks for. */
const workflowTaskSchema = z
  .strictObject({
    name: nodeName.describe('Unique in the workflow.'),
    ...requestShape,
    after: z.array(nodeName).max(10_000).default([]).describe('Names of the tasks that it waits for.'),
    join: joinSchema.default('all'),
    compensation: compensationSchema.optional(),
  })
  .meta({ id: 'WorkflowTask' });

const limitsShape = {
  depth: z.int().min(1).max(32).describe('How deep tasks may spawn tasks that spawn tasks.'),
  fanOut: z.int().min(1).max(10_000).describe('How many tasks one task may spawn, or have wait for it.'),
  tasks: z.int().min(1).max(10_000).describe('All its tasks, with those that were spawned.'),
  costMicros: z
    .int()
    .min(0)
    .nullable()
    .describe('What all its attempts may cost together, in millionths of a currency; null for no limit.'),
};

const failurePolicySchema = z
  .enum(['fail', 'continue', 'compensate'])
  .meta({ id: 'WorkflowFailurePolicy' })
  .describe(
    'When something fails that nothing makes up for: what is open is cancelled, what does not depend on it goes on, or ' +
      'what is open is cancelled and what had succeeded is undone, the latest first.',
  );

/** Where a workflow stands. */
export const workflowStateSchema = z
  .enum(['running', 'stopping', 'compensating', 'succeeded', 'failed', 'cancelled'])
  .meta({ id: 'WorkflowState' });

/** Asks for a workflow: all of its tasks are taken, or none. */
export const workflowRequestSchema = z
  .strictObject({
    name: text('For people.').default('workflow'),
    tasks: z.array(workflowTaskSchema).min(1).max(10_000),
    onFailure: failurePolicySchema.default('fail'),
    limits: z
      .strictObject({
        depth: limitsShape.depth.default(8),
        fanOut: limitsShape.fanOut.default(100),
        tasks: limitsShape.tasks.default(10_000),
        costMicros: limitsShape.costMicros.default(null),
      })
      .prefault({}),
    input: z.unknown().default(null).describe('What its tasks may refer to; any JSON.'),
    deadlineAt: instant('Whatever has not ended then ends.').min(0).nullable().default(null),
    idempotencyKey: text('A second workflow with the same key is answered with the first.')
      .nullable()
      .default(null),
  })
  .meta({ id: 'WorkflowRequest' });
/** A workflow that somebody asks for, with its defaults. */
export type WorkflowRequestView = z.infer<typeof workflowRequestSchema>;
/** A workflow that somebody asks for, before its defaults are filled in. */
export type WorkflowInput = z.input<typeof workflowRequestSchema>;

/** A workflow that was taken. */
export const workflowReplySchema = z
  .object({
    id: z.string(),
    isNew: z.boolean().describe('False where an earlier workflow has the same idempotency key.'),
    tasks: z
      .array(z.object({ name: z.string(), id: z.string() }))
      .describe('The ids of its tasks, in the order of the request.'),
  })
  .meta({ id: 'WorkflowReply' });
/** What became of the request for a workflow. */
export type WorkflowReply = z.infer<typeof workflowReplySchema>;

const summaryShape = {
  id: z.string(),
  name: z.string(),
  state: workflowStateSchema,
  onFailure: failurePolicySchema,
  reason: z.string().nullable().describe('Why it did not succeed.'),
  root: z.string().nullable().describe('The task that it began with, where a task spawned it.'),
  tasks: z.int(),
  open: z.int().describe('Tasks that have not ended.'),
  costMicros: z.int().describe('Of the tasks that have ended, in millionths of a currency.'),
  deadlineAt: instant('Whatever has not ended then ends.').nullable(),
  createdAt: instant('When it came in.'),
  endedAt: instant('When it ended.').nullable(),
};

const workflowSummarySchema = z.object(summaryShape).meta({ id: 'WorkflowSummary' });
/** A workflow without its tasks. */
export type WorkflowSummaryView = z.infer<typeof workflowSummarySchema>;

const workflowNodeSchema = z
  .object({
    task: z.string().describe('Id of the task.'),
    name: z.string(),
    kind: z
      .enum(['declared', 'spawned', 'continuation', 'compensation'])
      .describe(
        'In the request, spawned by a task, the one that finishes the work of a task, or undoing one.',
      ),
    track: z.string(),
    state: z
      .enum([...taskStateSchema.options, 'continued', 'skipped'])
      .describe(
        'As of a task; continued while another one finishes its work, skipped where it could not begin.',
      ),
    after: z.array(z.string()).describe('Names of the tasks that it waits for.'),
    parent: z.string().nullable().describe('The task that spawned it, or that it undoes.'),
    attempt: z.int(),
    worker: z.string().nullable(),
    failure: z.object({ failureClass: z.string(), message: z.string() }).nullable(),
    costMicros: z.int(),
    endedAt: instant('When it ended.').nullable(),
  })
  .meta({ id: 'WorkflowNode' });
/** A task of a workflow on the wire. */
export type WorkflowNodeView = z.infer<typeof workflowNodeSchema>;

/** A workflow with its tasks. */
export const workflowSchema = z
  .object({
    ...summaryShape,
    limits: z.object(limitsShape),
    input: z.unknown(),
    nodes: z.array(workflowNodeSchema),
  })
  .meta({ id: 'Workflow' });
/** A workflow on the wire. */
export type WorkflowView = z.infer<typeof workflowSchema>;

/** Workflows, newest first. */
export const workflowPageSchema = z
  .object({ items: z.array(workflowSummarySchema), next })
  .meta({ id: 'WorkflowPage' });

/** Asks that a workflow be ended. */
export const cancelWorkflowSchema = z
  .strictObject({ reason: text('For people.').default('somebody cancelled it') })
  .meta({ id: 'CancelWorkflow' });
