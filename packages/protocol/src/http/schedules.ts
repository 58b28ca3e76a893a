/** Tasks that come by the clock. */
import { z } from 'zod';
import { newTaskSchema } from './tasks.ts';

const instant = (what: string) => z.int().describe(`${what} In milliseconds since the epoch.`);
const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');

/** The name of a schedule, as it stands in paths. */
export const scheduleNameSchema = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
  .describe('Name of the schedule, unique among those of its track.');

const shape = {
  cron: z
    .string()
    .min(1)
    .max(200)
    .describe('A cron expression of minute, hour, day of the month, month and day of the week.'),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .default('UTC')
    .describe('The clock that it goes by: a name of the IANA time zone database.'),
  missed: z
    .enum(['skip', 'once', 'all'])
    .default('once')
    .describe(
      'What becomes of moments that passed while no server ran: left out, the last one late, or all, 100 at most.',
    ),
  overlap: z
    .enum(['allow', 'skip', 'queue'])
    .default('allow')
    .describe(
      'What becomes of a moment while the task of the one before has not ended: it happens, is left out, or waits for it.',
    ),
  withinMs: z
    .int()
    .min(1_000)
    .max(30 * 86_400_000)
    .nullable()
    .default(null)
    .describe('How long after its moment a task is of no use any more; null for never.'),
  input: newTaskSchema.shape.input,
  priority: newTaskSchema.shape.priority,
  fairnessKey: newTaskSchema.shape.fairnessKey,
  session: newTaskSchema.shape.session,
  capabilities: newTaskSchema.shape.capabilities,
};

/** What a schedule is to be. */
export const scheduleRequestSchema = z.strictObject(shape).meta({ id: 'ScheduleRequest' });
/** What a schedule is to be, with its defaults. */
export type ScheduleRequest = z.output<typeof scheduleRequestSchema>;

/** A schedule, and how far it has come. */
export const scheduleSchema = z
  .object({
    track: z.string(),
    name: z.string(),
    origin: z.enum(['file', 'api']).describe('`file`: a release brought it, and only releases change it.'),
    isPaused: z.boolean(),
    cron: z.string(),
    timeZone: z.string(),
    missed: shape.missed.unwrap(),
    overlap: shape.overlap.unwrap(),
    withinMs: z.int().nullable(),
    input: z.unknown().describe('Any JSON.'),
    priority: z.int(),
    fairnessKey: z.string().nullable(),
    session: z.string().nullable(),
    capabilities: z.array(z.string()),
    nextAt: instant('The next moment.').nullable(),
    heldAt: instant('A moment that waits for the task of the one before.').nullable(),
    lastAt: instant('The last moment that made a task.').nullable(),
    lastTask: z.string().nullable().describe('Id of that task.'),
    failure: z.string().nullable().describe('Why the last moment made none; null when nothing is wrong.'),
  })
  .meta({ id: 'Schedule' });
/** A schedule on the wire. */
export type ScheduleView = z.infer<typeof scheduleSchema>;

/** Schedules in the order of their tracks and names. */
export const schedulePageSchema = z
  .object({ items: z.array(scheduleSchema), next })
  .meta({ id: 'SchedulePage' });
