import { policyCheckRequestSchema, policyCheckSchema } from '@sluice/protocol/http/policies.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/policies/check`: say what is wrong with a file of policies, and change nothing. */
export const checkPolicies: Operation = (app, { policies, limits }) => {
  if (!policies) return;
  const schema = {
    operationId: 'checkPolicies',
    tags: ['policies'],
    summary: 'Say what is wrong with a file of policies, and change nothing',
    body: policyCheckRequestSchema,
    response: { 200: jsonReply('What the file holds.', policyCheckSchema), ...postingRefusals() },
  };
  app.post(
    '/api/v1/policies/check',
    { schema, ...needs('policies:read', 'anywhere'), bodyLimit: limits.fileBodyBytes },
    async (request, reply) =>
      reply.code(200).send(policies.registry.check(request.body.text, request.body.file)),
  );
};
