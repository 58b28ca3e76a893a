import { channelRequestSchema, channelSchema } from '@sluice/protocol/http/channels.ts';
import { needs } from '../access/needs.ts';
import { letsVote } from '../access/slack-voters.ts';
import { sendProblem } from '../exchange/problems.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { CHANNEL_PATH, channelPathSchema } from '../exchange/channel-path.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `PUT /api/v1/channels/:name`: add a channel or change it; one that was switched off goes on. */
export const putChannel: Operation = (app, { channels, idempotency }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'putChannel',
    tags: ['channels'],
    summary: 'Add a channel or change it; one that was switched off goes on',
    params: channelPathSchema,

    headers: changeHeaders,
    body: channelRequestSchema,
    response: {
      200: jsonReply('The channel as it is now.', channelSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.put(CHANNEL_PATH, { schema, ...needs('channels:manage', 'organisation') }, async (request, reply) => {
    const { params, body } = request;
    const refused = letsVote(body.settings) ? await request.mayNot('access:manage', null) : undefined;
    if (refused) return sendProblem(request, reply, refused);
    return sendOnce({ request, reply, idempotency }, 200, () => channels.put(params.name, body));
  });
};
