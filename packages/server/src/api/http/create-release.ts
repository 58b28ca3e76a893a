import { releaseReplySchema, releaseRequestSchema } from '@sluice/protocol/http/requests.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/releases`: release what a file declares. */
export const createRelease: Operation = (app, { accounts, controlPlane, idempotency, limits }) => {
  const schema = {
    operationId: 'createRelease',
    tags: ['releases'],
    summary: 'Release what a file declares',
    headers: changeHeaders,
    body: releaseRequestSchema,
    response: {
      202: jsonReply('Accepted; what the release became.', releaseReplySchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(
    '/api/v1/releases',
    { schema, ...needs('delivery:release', 'asked'), bodyLimit: limits.fileBodyBytes },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 202, () =>
        controlPlane.release(request.body, {
          dryRun: false,
          mayNot: (track) => request.mayNot('delivery:release', track),
          ...(accounts && { settle: (wanted) => accounts.settle(request.caller, wanted) }),
        }),
      ),
  );
};
