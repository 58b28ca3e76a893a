import { channelNameSchema } from '@sluice/protocol/http/channels.ts';
import { deliveryPageSchema, deliveryStateSchema } from '@sluice/protocol/http/deliveries.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

/** `GET /api/v1/deliveries`: list what was told, waits to be told or was given up. */
export const listDeliveries: Operation = (app, { channels }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'listDeliveries',
    tags: ['channels'],
    summary: 'List what was told, waits to be told or was given up',
    querystring: z.strictObject({
      channel: channelNameSchema.optional(),
      state: deliveryStateSchema.optional(),
      ...pageQuery,
    }),
    response: {
      200: jsonReply('A page of deliveries, the newest first.', deliveryPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/deliveries',
    { schema, ...needs('channels:read', 'organisation') },
    async (request, reply) => {
      const { channel, state, ...page } = request.query;
      const list = `deliveries?${JSON.stringify([channel, state])}`;
      const found = await readPage(list, page, (wanted) =>
        channels.deliveries.page({ channel, state }, wanted),
      );
      return sendResult(request, reply, found);
    },
  );
};
