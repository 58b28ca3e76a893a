import { z } from 'zod';

/** The id of a rollout in a path. */
export const rolloutPathSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/)
    .describe('Id of the rollout, `ro-` and a number.'),
});
