import { secretNameSchema } from '@sluice/protocol/http/secrets.ts';
import { z } from 'zod';

/** Where one secret is. */
export const SECRET_PATH = '/api/v1/secrets/:name';
/** The parameters of `SECRET_PATH`. */
export const secretPathSchema = z.strictObject({ name: secretNameSchema });
