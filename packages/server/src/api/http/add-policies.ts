import { policiesRequestSchema, policyAdditionSchema } from '@sluice/protocol/http/policies.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/policies`: add the policies of a file, or new versions of them. */
export const addPolicies: Operation = (app, { policies, idempotency, limits }) => {
  if (!policies) return;
  const schema = {
    operationId: 'addPolicies',
    tags: ['policies'],
    summary: 'Add the policies of a file, or new versions of them; all of them or none',
    headers: changeHeaders,
    body: policiesRequestSchema,
    response: {
      200: jsonReply('The policies as they are in force now.', policyAdditionSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post(
    '/api/v1/policies',
    { schema, ...needs('policies:manage', 'organisation'), bodyLimit: limits.fileBodyBytes },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () => policies.registry.add(request.body)),
  );
};
