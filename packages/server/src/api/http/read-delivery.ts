import { deliverySchema } from '@sluice/protocol/http/deliveries.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { DELIVERY_PATH, deliveryPathSchema } from '../exchange/channel-path.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** `GET /api/v1/deliveries/:delivery`: read a delivery: what became of it, and why. */
export const readDelivery: Operation = (app, { channels }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'readDelivery',
    tags: ['channels'],
    summary: 'Read a delivery: what became of it, and why',
    params: deliveryPathSchema,
    response: { 200: jsonReply('The delivery.', deliverySchema), ...readingRefusals(404) },
  };
  app.get(DELIVERY_PATH, { schema, ...needs('channels:read', 'organisation') }, async (request, reply) =>
    sendResult(request, reply, await channels.deliveries.delivery(request.params.delivery)),
  );
};
