import { z } from 'zod';
import { secretReferenceSchema } from './secret-reference.ts';

/** Deployments, commit statuses and checks of the commits that a release comes from, on GitHub. */
export const githubSettingsSchema = z
  .strictObject({
    kind: z.literal('github'),
    api: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .default('https://api.github.com')
      .describe('`https://HOST/api/v3` for GitHub Enterprise Server.'),
    token: secretReferenceSchema.describe(
      'A fine-grained token with write access to deployments and commit statuses; checks need one of a GitHub App.',
    ),
    repositories: z
      .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/(\*|[A-Za-z0-9._-]{1,100})$/))
      .min(1)
      .max(100)
      .describe(
        'Which may be written to, `acme/shop` or `acme/*`; a release that names another is left out.',
      ),
    send: z
      .array(z.enum(['deployment', 'status', 'check']))
      .min(1)
      .max(3)
      .default(['deployment', 'status'])
      .describe('What is kept for each rollout.'),
  })
  .meta({ id: 'GithubSettings' });

/** Deployments, commit statuses and checks on GitHub. */
export type GithubSettings = z.output<typeof githubSettingsSchema>;
