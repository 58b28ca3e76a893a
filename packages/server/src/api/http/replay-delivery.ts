import { deliverySchema, replayRequestSchema } from '@sluice/protocol/http/deliveries.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { DELIVERY_PATH, deliveryPathSchema } from '../exchange/channel-path.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/deliveries/:delivery/replay`: tell something again, with the same id. */
export const replayDelivery: Operation = (app, { channels, idempotency }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'replayDelivery',
    tags: ['channels'],
    summary: 'Tell something again, with the same id',
    params: deliveryPathSchema,

    headers: changeHeaders,
    body: replayRequestSchema,
    response: {
      200: jsonReply('The delivery as it is now.', deliverySchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(
    `${DELIVERY_PATH}/replay`,
    { schema, ...needs('channels:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () =>
        channels.deliveries.replay(request.params.delivery, request.body.by),
      ),
  );
};
