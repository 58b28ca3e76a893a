/** What workers tell of tasks while they work, and payloads that are passed by reference. */
import { z } from 'zod';

const instant = (what: string) => z.int().describe(`${what} In milliseconds since the epoch.`);
const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');

const bodySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('log'), level: z.string(), message: z.string() }),
  z.object({ kind: z.literal('progress'), part: z.number().describe('From 0 to 1.'), message: z.string() }),
  z.object({ kind: z.literal('output'), text: z.string() }),
  z.object({
    kind: z.literal('tool-call'),
    id: z
      .string()
      .describe('Names the call within its attempt; it is told when it begins, and again with its end.'),
    tool: z.string(),
    arguments: z.unknown(),
    state: z.enum(['begun', 'succeeded', 'failed']),
    result: z.unknown(),
    error: z.string().nullable(),
    durationMs: z.number().nullable(),
  }),
  z.object({
    kind: z.literal('usage'),
    inputTokens: z.number(),
    outputTokens: z.number(),
    costMicros: z.number().describe('In millionths of the currency of the prices.'),
  }),
]);

/** Something that was told of a task. */
export const taskEventSchema = z
  .object({
    sequence: z.int().describe('Grows within a task; there are gaps.'),
    at: instant('When it was told.'),
    attempt: z.int().describe('Of which attempt.'),
    event: bodySchema,
  })
  .meta({ id: 'TaskEvent' });
/** Something that was told of a task. */
export type TaskEventView = z.infer<typeof taskEventSchema>;

/** What was told of a task, in order. */
export const taskEventPageSchema = z
  .object({ items: z.array(taskEventSchema), next })
  .meta({ id: 'TaskEventPage' });

/** The name of a payload. */
export const payloadIdSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .describe('`sha256:` and the digest of the content in hex.');

/** A payload that is kept. */
export const payloadSchema = z
  .object({
    payload: payloadIdSchema,
    bytes: z.int(),
    mediaType: z.string(),
  })
  .meta({ id: 'Payload' });
/** A payload that is kept. */
export type PayloadView = z.infer<typeof payloadSchema>;
