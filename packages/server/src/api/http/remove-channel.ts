import { channelSchema } from '@sluice/protocol/http/channels.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { byQuery, CHANNEL_PATH, channelPathSchema } from '../exchange/channel-path.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `DELETE /api/v1/channels/:name`: remove a channel that nobody subscribes to, with its deliveries. */
export const removeChannel: Operation = (app, { channels, idempotency }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'removeChannel',
    tags: ['channels'],
    summary: 'Remove a channel that nobody subscribes to, with its deliveries',
    params: channelPathSchema,
    querystring: z.strictObject(byQuery),
    headers: changeHeaders,

    response: {
      200: jsonReply('The channel as it was.', channelSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.delete(CHANNEL_PATH, { schema, ...needs('channels:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      channels.remove(request.params.name, request.query.by),
    ),
  );
};
