import { replayedSchema, replayRequestSchema } from '@sluice/protocol/http/deliveries.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { CHANNEL_PATH, channelPathSchema } from '../exchange/channel-path.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/channels/:name/replay`: tell a channel again what was given up. */
export const replayChannel: Operation = (app, { channels, idempotency }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'replayChannel',
    tags: ['channels'],
    summary: 'Tell a channel again what was given up',
    params: channelPathSchema,

    headers: changeHeaders,
    body: replayRequestSchema,
    response: {
      200: jsonReply('How much is told again.', replayedSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(
    `${CHANNEL_PATH}/replay`,
    { schema, ...needs('channels:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () =>
        channels.replayDead(request.params.name, request.body.by),
      ),
  );
};
