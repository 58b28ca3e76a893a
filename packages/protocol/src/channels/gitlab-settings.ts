import { z } from 'zod';
import { secretReferenceSchema } from './secret-reference.ts';

/** Deployments and commit statuses of the commits that a release comes from, on GitLab. */
export const gitlabSettingsSchema = z
  .strictObject({
    kind: z.literal('gitlab'),
    site: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .default('https://gitlab.com')
      .describe('Where GitLab stands.'),
    token: secretReferenceSchema.describe(
      'A project or group access token with the scope `api` and the role Developer.',
    ),
    projects: z
      .array(
        z
          .string()
          .regex(
            /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\/(\*|[A-Za-z0-9_][A-Za-z0-9_.-]*)$/,
          ),
      )
      .min(1)
      .max(100)
      .describe(
        'Which may be written to, `acme/shop` or `acme/*`; a release that names another is left out.',
      ),
    send: z
      .array(z.enum(['deployment', 'status']))
      .min(1)
      .max(2)
      .default(['deployment', 'status'])
      .describe('What is kept for each rollout.'),
  })
  .meta({ id: 'GitlabSettings' });

/** Deployments and commit statuses on GitLab. */
export type GitlabSettings = z.output<typeof gitlabSettingsSchema>;
