/** What agents remember, as people read and write it. */
import { z } from 'zod';

const instant = (what: string) => z.int().describe(`${what} In milliseconds since the epoch.`);
const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');

/** The key of something that is remembered. */
export const memoryKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}$/)
  .describe('Letters, digits, dots, dashes, underscores, colons and at signs.');

/** Whose memory is meant: that of a session of an agent, of an agent, or without both of the tenant. */
export const memoryScopeShape = {
  track: z
    .string()
    .regex(/^[^/]{1,100}\/[^/]{1,100}\/[^/]{1,100}$/)
    .optional()
    .describe(
      'The agent: `application/environment/component`. Without it the memory of the tenant is meant.',
    ),
  session: z.string().min(1).max(200).optional().describe('The session; only together with `track`.'),
};

const ttl = z.int().min(1_000).max(315_360_000_000).optional();
const embedding = z.array(z.number()).min(1).max(4_096).optional();

/** What is to be remembered under a key. */
export const putMemorySchema = z
  .strictObject({
    value: z.unknown().describe('Any JSON, at most 64 KiB of it.'),
    expectedVersion: z
      .int()
      .min(0)
      .optional()
      .describe('Only where this is the present version; 0 only where there is nothing yet.'),
    timeToLiveMs: ttl.describe('Forgotten so long after; never without it, but of a session after 30 days.'),
    embedding: embedding.describe('What it means, as a vector, for searches by nearness.'),
  })
  .meta({ id: 'PutMemory' });
/** What is to be remembered under a key. */
export type PutMemory = z.infer<typeof putMemorySchema>;

/** A line that is to be added to a key. */
export const appendMemorySchema = z
  .strictObject({
    value: z.unknown().describe('Any JSON, at most 64 KiB of it.'),
    timeToLiveMs: ttl.describe('All lines of the key are forgotten so long after.'),
    embedding: embedding.describe('What it means, as a vector, for searches by nearness.'),
  })
  .meta({ id: 'AppendMemory' });
/** A line that is to be added to a key. */
export type AppendMemory = z.infer<typeof appendMemorySchema>;

/** What came of a change. */
export const memoryChangedSchema = z
  .object({
    version: z.int().describe('Another one after each change.'),
    lines: z.int().describe('How many lines the key holds; 0 where it holds a value.'),
  })
  .meta({ id: 'MemoryChanged' });
/** What came of a change. */
export type MemoryChangedView = z.infer<typeof memoryChangedSchema>;

/** A key with what it holds. */
export const memoryEntrySchema = z
  .object({
    key: z.string(),
    version: z.int(),
    value: z.unknown().describe('Any JSON; null also where the key holds lines.'),
    lines: z.int().describe('How many lines it holds; 0 where it holds a value.'),
    expiresAt: instant('When it is forgotten.').nullable(),
    updatedAt: instant('When it was changed last.'),
  })
  .meta({ id: 'MemoryEntry' });
/** A key with what it holds. */
export type MemoryEntryView = z.infer<typeof memoryEntrySchema>;

/** Keys in their order. */
export const memoryPageSchema = z
  .object({ items: z.array(memoryEntrySchema), next })
  .meta({ id: 'MemoryPage' });

/** Lines of a key, in the order in which they were added. */
export const memoryLinePageSchema = z
  .object({
    items: z.array(
      z.object({
        sequence: z.int().describe('Counts from 1.'),
        value: z.unknown(),
        at: instant('When it was added.'),
      }),
    ),
    next,
  })
  .meta({ id: 'MemoryLinePage' });
/** A line of a key. */
export type MemoryLineView = z.infer<typeof memoryLinePageSchema>['items'][number];

/** What to look for: words, or what is near to a vector. */
export const searchMemorySchema = z
  .strictObject({
    ...memoryScopeShape,
    text: z
      .string()
      .max(1_000)
      .default('')
      .describe('Words, "phrases", -words that must not be there, `or`.'),
    near: embedding.describe('Instead of words; only where the database has the extension `vector`.'),
    limit: z.int().min(1).max(100).default(10).describe('Most that is found.'),
  })
  .meta({ id: 'SearchMemory' });
/** What to look for, before its defaults are filled in. */
export type SearchMemoryInput = z.input<typeof searchMemorySchema>;

/** What was found, the best first. */
export const memoryFoundSchema = z
  .object({
    items: z.array(
      z.object({
        key: z.string(),
        sequence: z.int().describe('Of the line; 0 where the key holds a value.'),
        value: z.unknown(),
        score: z.number().describe('The greater, the better it fits; comparable within one answer only.'),
      }),
    ),
  })
  .meta({ id: 'MemoryFound' });
/** What was found, the best first. */
export type MemoryFoundView = z.infer<typeof memoryFoundSchema>;

/** Whether there was something to forget. */
export const memoryForgottenSchema = z.object({ wasThere: z.boolean() }).meta({ id: 'MemoryForgotten' });
