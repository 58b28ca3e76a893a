import { channelTestRequestSchema, channelTestSchema } from '@sluice/protocol/http/channels.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { CHANNEL_PATH, channelPathSchema } from '../exchange/channel-path.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/channels/:name/test`: tell a channel something at once, to see whether it arrives. */
export const testChannel: Operation = (app, { channels, idempotency }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'testChannel',
    tags: ['channels'],
    summary: 'Tell a channel something at once, to see whether it arrives',
    params: channelPathSchema,

    headers: changeHeaders,
    body: channelTestRequestSchema,
    response: {
      200: jsonReply('What came of it.', channelTestSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.post(
    `${CHANNEL_PATH}/test`,
    { schema, ...needs('channels:manage', 'organisation') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () =>
        channels.test(request.params.name, request.body.by),
      ),
  );
};
