import { rollbackRequestSchema } from '@sluice/protocol/http/requests.ts';
import { trackSchema } from '@sluice/protocol/http/views.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';
import { TRACK_PATH, trackOf, trackPathSchema } from '../exchange/track-path.ts';

/** `POST …/rollbacks`: bring an earlier revision back. */
export const rollBackTrack: Operation = (app, { controlPlane, idempotency }) => {
  const schema = {
    operationId: 'rollBackTrack',
    tags: ['tracks'],
    summary: 'Bring an earlier revision back',
    params: trackPathSchema,
    headers: changeHeaders,
    body: rollbackRequestSchema,
    response: {
      202: jsonReply('Accepted; the track as it is now.', trackSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(
    `${TRACK_PATH}/rollbacks`,
    { schema, ...needs('delivery:steer', 'track') },
    async (request, reply) => {
      const track = trackOf(request.params);
      return sendOnce({ request, reply, idempotency }, 202, () => controlPlane.rollback(track, request.body));
    },
  );
};
