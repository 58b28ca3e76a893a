import { z } from 'zod';

/** What one policy said of a release. */
export const policyOutcomeSchema = z
  .object({
    policy: z.string(),
    version: z.int().describe('0: it was only tried.'),
    binding: z.string(),
    actions: z.array(z.enum(['deny', 'warn', 'audit'])),
    asked: z.int().describe('Components and objects that it was asked about.'),
    findings: z.array(
      z.object({
        kind: z
          .enum(['broken', 'failed'])
          .describe('`failed`: an expression has no answer, which refuses as its failurePolicy says.'),
        component: z.string(),
        object: z.string().nullable().describe('`Deployment shop/web-1`; null: the component as a whole.'),
        message: z.string(),
      }),
    ),
    annotations: z.record(z.string(), z.string()),
  })
  .meta({ id: 'PolicyOutcome' });
/** What one policy said of a release. */
export type PolicyOutcomeView = z.infer<typeof policyOutcomeSchema>;
