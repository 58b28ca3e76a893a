import { workflowIdSchema } from '@sluice/protocol/http/workflows.ts';
import { z } from 'zod';

/** Where one workflow is. */
export const WORKFLOW_PATH = '/api/v1/workflows/:workflow';
/** The parameters of `WORKFLOW_PATH`. */
export const workflowPathSchema = z.strictObject({ workflow: workflowIdSchema });
