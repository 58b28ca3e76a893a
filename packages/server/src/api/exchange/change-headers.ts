import { z } from 'zod';

const idempotencyKey = z
  .string()
  .optional()
  .describe('Makes a repetition harmless: one key, one request, one effect. 1 to 255 printable characters.');

/** Headers of operations that change something. */
export const changeHeaders = z.looseObject({ 'idempotency-key': idempotencyKey });

/** Headers of operations that change a track. */
export const trackChangeHeaders = z.looseObject({
  'idempotency-key': idempotencyKey,
  'if-match': z
    .string()
    .optional()
    .describe('The entity tag of the track that was looked at; 412 when its version has changed since.'),
});

/** Headers of operations that read one track. */
export const trackReadHeaders = z.looseObject({
  'if-none-match': z.string().optional().describe('An entity tag; 304 when nothing has changed since.'),
});
