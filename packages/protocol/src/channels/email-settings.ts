import { z } from 'zod';
import { secretReferenceSchema } from './secret-reference.ts';

/** Mail through an SMTP server. */
export const emailSettingsSchema = z
  .strictObject({
    kind: z.literal('email'),
    server: z
      .string()
      .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/)
      .describe('Host name or address of the SMTP server.'),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('Default: 465 with `tls`, 25 with `none`, else 587.'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe(
        'How the connection is encrypted; with `starttls` a server that does not offer it gets no mail.',
      ),
    user: z.string().min(1).max(320).optional().describe('Who signs in; left out where nobody has to.'),
    password: secretReferenceSchema.optional().describe('The password of that user.'),
    ca: secretReferenceSchema
      .optional()
      .describe(
        "PEM certificates of the authority that signed the server's certificate, where it is not a public one.",
      ),
    from: z.email().max(320).describe('The address that mails come from.'),
    to: z.array(z.email().max(320)).min(1).max(50).describe('Who gets them.'),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    error: '`user` and `password` belong together. Write both, or neither.',
  })
  .refine(({ security, password }) => security !== 'none' || password === undefined, {
    error:
      'A password is not sent over a connection that is not encrypted. Use `security: starttls` or `tls`, or leave out `user` and `password`.',
  })
  .meta({ id: 'EmailSettings' });

/** Mail through an SMTP server. */
export type EmailSettings = z.output<typeof emailSettingsSchema>;
