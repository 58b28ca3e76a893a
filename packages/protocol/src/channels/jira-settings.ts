import { z } from 'zod';
import { secretReferenceSchema } from './secret-reference.ts';

/** Comments on the Jira issues that a release names. */
export const jiraSettingsSchema = z
  .strictObject({
    kind: z.literal('jira'),
    site: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .describe('`https://acme.atlassian.net`, or where Jira Data Center stands.'),
    edition: z.enum(['cloud', 'data-center']).default('cloud'),
    email: z.email().max(320).optional().describe('Whose API token it is; with `cloud` only.'),
    token: secretReferenceSchema.describe(
      'An API token (cloud) or a personal access token (Data Center) that may add comments.',
    ),
    projects: z
      .array(z.string().regex(/^[A-Z][A-Z0-9_]{1,9}$/))
      .min(1)
      .max(100)
      .describe(
        'Keys of the projects whose issues may be commented on; `UTF-8` in a commit message is no issue.',
      ),
  })
  .refine(({ edition, email }) => (edition === 'cloud') === (email !== undefined), {
    error:
      'Jira Cloud needs `email`, whose API token it is; Data Center takes a personal access token alone, without `email`.',
  })
  .meta({ id: 'JiraSettings' });

/** Comments on the Jira issues that a release names. */
export type JiraSettings = z.output<typeof jiraSettingsSchema>;
