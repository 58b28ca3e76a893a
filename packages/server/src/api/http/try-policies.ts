import type { PolicyTestRequest, PolicyTestView } from '@sluice/protocol/http/policies.ts';
import { policyTestRequestSchema, policyTestSchema } from '@sluice/protocol/http/policies.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { FastifyRequest } from 'fastify';
import { nothingToTest } from '../../policies/policy-refusals.ts';
import { needs } from '../access/needs.ts';
import type { Operation, OperationContext } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/policies/test`: ask policies about a release, objects or a track, and change nothing. */
export const tryPolicies: Operation = (app, parts) => {
  if (!parts.policies) return;
  const schema = {
    operationId: 'testPolicies',
    tags: ['policies'],
    summary: 'Ask policies about a release, about objects or about what a track has, and change nothing',
    body: policyTestRequestSchema,
    response: {
      200: jsonReply('What the policies say.', policyTestSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(
    '/api/v1/policies/test',
    { schema, ...needs('policies:read', 'asked'), bodyLimit: parts.limits.fileBodyBytes },
    async (request, reply) => sendResult(request, reply, await tried(parts, request, request.body)),
  );
};

async function tried(
  { policies, controlPlane }: OperationContext,
  request: FastifyRequest,
  wanted: PolicyTestRequest,
): Promise<Result<PolicyTestView, Problem>> {
  const { release, objects, track } = wanted;
  const given = [release, objects, track].filter((one) => one !== undefined);
  if (!policies || given.length !== 1) return nothingToTest();
  if (release !== undefined)
    return policies.tries.releasing(wanted, (instead) =>
      controlPlane.release(release, {
        dryRun: true,
        judgesAll: true,
        mayNot: (id) => request.mayNot('delivery:release', id),
        ...(instead ? { policies: instead } : {}),
      }),
    );
  // What is compared with them tells of the policies in force, which only who may read them is told of.
  const place = track ?? null;
  const refused =
    (await request.mayNot('policies:read', place)) ??
    (track === undefined ? undefined : await request.mayNot('delivery:read', track));
  if (refused) return { ok: false, refusal: refused };
  return track === undefined ? policies.tries.objects(wanted) : policies.tries.standing(wanted);
}
