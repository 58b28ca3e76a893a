import { z } from 'zod';
import { faultSchema } from './fault.ts';

/** Asks whether a file is right, without releasing anything. */
export const validationRequestSchema = z
  .strictObject({
    text: z.string().min(1).max(1_000_000).describe('The text of `sluice.yaml`.'),
    file: z.string().min(1).max(4096).describe('Its name, for messages.'),
    environment: z.string().min(1).max(100).optional().describe('Must be one of the file when given.'),
  })
  .meta({ id: 'ValidationRequest' });
/** A question whether a file is right. */
export type ValidationRequest = z.infer<typeof validationRequestSchema>;

/** What was found in a file; `faults` is empty exactly when `ok`. */
export const validationReplySchema = z
  .object({
    ok: z.boolean(),
    application: z.string().nullable().describe('Null when the file is refused.'),
    environments: z.array(z.string()).describe('Those for which the file can be released.'),
    components: z.array(z.string()),
    faults: z.array(faultSchema),
    warnings: z.array(faultSchema).describe('What is allowed but probably not meant.'),
  })
  .meta({ id: 'ValidationReply' });
/** The answer to a validation. */
export type ValidationReply = z.infer<typeof validationReplySchema>;
