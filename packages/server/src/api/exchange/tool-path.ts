import { toolNameSchema, toolVersionSchema } from '@sluice/protocol/http/tools.ts';
import { z } from 'zod';

/** Where one version of a tool is. */
export const TOOL_PATH = '/api/v1/tools/:name/:version';
/** The parameters of `TOOL_PATH`. */
export const toolPathSchema = z.strictObject({ name: toolNameSchema, version: toolVersionSchema });
