import { z } from 'zod';

/** Where a secret lies. The value itself is never sent, kept or shown with a channel. */
export const secretReferenceSchema = z
  .union([
    z.strictObject({
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)
        .describe('Name of an environment variable of the server.'),
    }),
    z.strictObject({
      file: z.string().min(1).max(1_000).describe('Path of a file that the server can read.'),
    }),
    z.strictObject({
      secret: z
        .string()
        .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
        .describe('Name of a secret that Sluice keeps encrypted.'),
    }),
  ])
  .meta({ id: 'SecretReference', description: 'Where a secret lies; the value is never sent or shown.' });

/** Where a secret lies. */
export type SecretReference = z.output<typeof secretReferenceSchema>;
