import { z } from 'zod';

/** One fault of a refused file, at the place where it stands. */
export const faultSchema = z
  .object({
    file: z.string(),
    line: z.int().describe('From 1.'),
    column: z.int().describe('From 1.'),
    endColumn: z
      .int()
      .optional()
      .describe('Column after the last character that is meant, on the same line.'),
    path: z.string().describe('`strategies.careful.canary.phases[0].share`; `the file` for the whole.'),
    message: z.string(),
    suggestion: z.string().optional().describe('The key or value that was probably meant.'),
  })
  .meta({ id: 'Fault' });

/** A fault of a refused file. */
export type Fault = z.infer<typeof faultSchema>;
