import { policyDetailSchema } from '@sluice/protocol/http/policies.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { POLICY_PATH, policyPathSchema } from '../exchange/policy-path.ts';

/** `GET /api/v1/policies/:name`: a policy with its expressions and its versions. */
export const readPolicy: Operation = (app, { policies }) => {
  if (!policies) return;
  const schema = {
    operationId: 'readPolicy',
    tags: ['policies'],
    summary: 'Read a policy with its expressions, and who changed it',
    params: policyPathSchema,
    response: { 200: jsonReply('The policy.', policyDetailSchema), ...readingRefusals(404) },
  };
  app.get(POLICY_PATH, { schema, ...needs('policies:read', 'organisation') }, async (request, reply) =>
    sendResult(request, reply, await policies.registry.policy(request.params.name)),
  );
};
