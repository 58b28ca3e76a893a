import { policySchema } from '@sluice/protocol/http/policies.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { POLICY_PATH, policyPathSchema } from '../exchange/policy-path.ts';

const querySchema = z.strictObject({
  by: z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.'),
});

/** `DELETE /api/v1/policies/:name`: no release is asked about it any more; its versions are kept. */
export const removePolicy: Operation = (app, { policies, idempotency }) => {
  if (!policies) return;
  const schema = {
    operationId: 'removePolicy',
    tags: ['policies'],
    summary: 'Take a policy out of force; its versions are kept',
    params: policyPathSchema,
    querystring: querySchema,
    headers: changeHeaders,
    response: { 200: jsonReply('The policy as it was.', policySchema), ...postingRefusals(404, 409, 422) },
  };
  app.delete(POLICY_PATH, { schema, ...needs('policies:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      policies.registry.remove(request.params.name, request.query.by),
    ),
  );
};
