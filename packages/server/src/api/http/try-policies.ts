import { policyTestRequestSchema, policyTestSchema } from '@sluice/protocol/http/policies.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/policies/test`: ask policies about a release or objects, and change nothing. */
export const tryPolicies: Operation = (app, { policies, controlPlane, limits }) => {
  if (!policies) return;
  const schema = {
    operationId: 'testPolicies',
    tags: ['policies'],
    summary: 'Ask policies about a release or about objects, and change nothing',
    body: policyTestRequestSchema,
    response: {
      200: jsonReply('What the policies say.', policyTestSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(
    '/api/v1/policies/test',
    { schema, ...needs('policies:read', 'asked'), bodyLimit: limits.fileBodyBytes },
    async (request, reply) => {
      const { release } = request.body;
      if (!release) {
        // What objects are compared with are policies, which only who may read them is told of.
        const refused = await request.mayNot('policies:read', null);
        return sendResult(
          request,
          reply,
          refused ? { ok: false, refusal: refused } : await policies.tries.objects(request.body),
        );
      }
      const plan = policies.tries.releasing(request.body, (tried) =>
        controlPlane.release(release, {
          dryRun: true,
          judgesAll: true,
          mayNot: (track) => request.mayNot('delivery:release', track),
          ...(tried ? { policies: tried } : {}),
        }),
      );
      return sendResult(request, reply, await plan);
    },
  );
};
