import { releaseReplySchema, releaseRequestSchema } from '@sluice/protocol/http/requests.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/plans`: what a release would become; nothing is changed. */
export const createPlan: Operation = (app, { accounts, controlPlane, limits }) => {
  const schema = {
    operationId: 'createPlan',
    tags: ['releases'],
    summary: 'Say what a release would become, and change nothing',
    body: releaseRequestSchema,
    response: {
      200: jsonReply('What the release would become.', releaseReplySchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(
    '/api/v1/plans',
    { schema, ...needs('delivery:release', 'asked'), bodyLimit: limits.fileBodyBytes },
    async (request, reply) =>
      sendResult(
        request,
        reply,
        await controlPlane.release(request.body, {
          dryRun: true,
          mayNot: (track) => request.mayNot('delivery:release', track),
          ...(accounts && { settle: (wanted) => accounts.settle(request.caller, wanted) }),
        }),
      ),
  );
};
