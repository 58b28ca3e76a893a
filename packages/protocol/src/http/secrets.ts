/** Secrets that Sluice keeps encrypted. No answer holds a value. */
import { z } from 'zod';

const by = z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.');

/** The names of secrets. */
export const secretNameSchema = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/)
  .describe('A name of lower-case letters, digits, "-" and ".", at most 63 long.');

/** Keeps a value. */
export const secretRequestSchema = z
  .strictObject({
    value: z
      .string()
      .min(1)
      .max(64 * 1024)
      .refine(
        (value) => !value.includes('\0'),
        'must hold no zero byte; encode binary values, as base64 for example',
      )
      .describe('The value; it is never given back.'),
    by,
  })
  .meta({ id: 'SecretRequest' });
/** A request to keep a value, with every default filled in. */
export type SecretRequest = z.infer<typeof secretRequestSchema>;

/** A secret without its value. */
export const secretSchema = z
  .object({
    name: z.string(),
    version: z.int().describe('Counts its changes, from 1.'),
    keyId: z.string().describe('Names the key with which its data key is wrapped; says nothing of it.'),
    changedAt: z.int().describe('In milliseconds since the epoch.'),
    changedBy: z.string(),
  })
  .meta({ id: 'Secret' });
/** A secret without its value. */
export type SecretView = z.infer<typeof secretSchema>;

/** Secrets in the order of their names. */
export const secretPageSchema = z
  .object({
    items: z.array(secretSchema),
    next: z.string().nullable().describe('Give it as `cursor` to go on; null at the end.'),
  })
  .meta({ id: 'SecretPage' });

/** Wraps all data keys with the newest key. */
export const keyRotationRequestSchema = z
  .strictObject({
    renew: z
      .boolean()
      .default(true)
      .describe(
        'Makes a new key first; false takes the first key of the file, which a person has put there.',
      ),
    by,
  })
  .meta({ id: 'KeyRotationRequest' });
/** A request to wrap all data keys anew, with every default filled in. */
export type KeyRotationRequest = z.infer<typeof keyRotationRequestSchema>;

/** What the rotation of a key came to. */
export const keyRotationSchema = z
  .object({ keyId: z.string(), rewrapped: z.int().describe('Data keys that were wrapped anew.') })
  .meta({ id: 'KeyRotation' });
/** What the rotation of a key came to. */
export type KeyRotationView = z.infer<typeof keyRotationSchema>;
