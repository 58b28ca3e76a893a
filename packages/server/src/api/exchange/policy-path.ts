import { policyNameSchema } from '@sluice/protocol/http/policies.ts';
import { z } from 'zod';

/** Where one policy is. */
export const POLICY_PATH = '/api/v1/policies/:name';
/** The parameters of `POLICY_PATH`. */
export const policyPathSchema = z.strictObject({ name: policyNameSchema });
