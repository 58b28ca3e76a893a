import { z } from 'zod';

/** PostgreSQL keeps no such character, and nobody means it. */
const withoutNul = (text: string): boolean => !text.includes('\0');
const NO_NUL = { error: 'A text with the character U+0000 cannot be kept. Leave it out.' };

/** Where the code of a release comes from. */
export const releaseSourceSchema = z
  .strictObject({
    repository: z
      .string()
      .min(1)
      .max(500)
      .refine(withoutNul, NO_NUL)
      .refine((text) => !holdsPassword(text), {
        error: 'The address of the repository holds a password or a token. Leave out what stands before `@`.',
      })
      .optional()
      .describe('Address or path of the repository, `https://github.com/acme/shop`, without credentials.'),
    commit: z
      .string()
      .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/)
      .optional()
      .describe('The whole name of the commit, in small letters.'),
    ref: z
      .string()
      .min(1)
      .max(300)
      .refine(withoutNul, NO_NUL)
      .optional()
      .describe('Branch or tag: `main`, `refs/tags/v1.4.2`.'),
    message: z
      .string()
      .min(1)
      .max(2_000)
      .refine(withoutNul, NO_NUL)
      .optional()
      .describe('What the author of the commit wrote; issues of Jira are found in it.'),
    authoredAt: z
      .int()
      .min(0)
      .max(253_402_300_799_999)
      .optional()
      .describe('When the change was written, in milliseconds since the epoch; lead times count from here.'),
  })
  .meta({ id: 'ReleaseSource' });

/** Where the code of a release comes from. */
export type ReleaseSourceView = z.infer<typeof releaseSourceSchema>;

/** `https://user:token@host/…` and `https://token@host/…`; the user of `ssh://git@host` is none. */
function holdsPassword(repository: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(repository) || !URL.canParse(repository)) return false;
  const { protocol, username, password } = new URL(repository);
  return password !== '' || (username !== '' && protocol !== 'ssh:' && protocol !== 'git+ssh:');
}
