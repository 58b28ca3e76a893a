/** The queues that tasks wait in, and the workers that are connected. */
import { z } from 'zod';

const instant = (what: string) => z.int().describe(`${what} In milliseconds since the epoch.`);
const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');

/** What one revision has in a queue. */
const queueRevisionSchema = z
  .object({
    revision: z.string(),
    shareBasisPoints: z.int().describe('Its part of new tasks.'),
    waiting: z.int(),
    scheduled: z.int().describe('Delayed, or in the pause before they are tried again.'),
    running: z.int(),
    dead: z.int().describe('Dead letters.'),
    oldestAt: instant('When the oldest that waits came in.').nullable(),
    workers: z.int().describe('Connected to the server that answers.'),
  })
  .meta({ id: 'QueueRevision' });

/** The tasks of one component of agents that have not ended well. */
const queueSchema = z
  .object({ track: z.string(), revisions: z.array(queueRevisionSchema) })
  .meta({ id: 'Queue' });
/** A queue on the wire; its counts may be some seconds old. */
export type QueueView = z.infer<typeof queueSchema>;

/** Queues in the order of their tracks. */
export const queuePageSchema = z.object({ items: z.array(queueSchema), next }).meta({ id: 'QueuePage' });

/** The name of a worker, as it stands in paths. */
export const workerNameSchema = z
  .string()
  .regex(/^[^/\s]{1,200}$/)
  .describe('Name of the worker.');

/** A worker that is connected to the server that answers. */
export const workerSchema = z
  .object({
    worker: z.string().describe('Its own name.'),
    track: z.string(),
    revision: z.string(),
    capabilities: z.array(z.string()),
    labels: z.array(z.string()).describe('What else it says of itself, each `key=value`.'),
    health: z
      .enum(['well', 'ejected', 'probed'])
      .describe(
        '`ejected`: it failed where its peers did not, and gets nothing for a while; `probed`: then one task, and more when that goes well.',
      ),
    running: z.int().describe('Tasks that it has.'),
    wanted: z.int().describe('Tasks that it would take besides.'),
  })
  .meta({ id: 'Worker' });
/** A connected worker on the wire. */
export type WorkerView = z.infer<typeof workerSchema>;

/** Workers in the order of their names. */
export const workerPageSchema = z.object({ items: z.array(workerSchema), next }).meta({ id: 'WorkerPage' });
