import { channelSchema } from '@sluice/protocol/http/channels.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { CHANNEL_PATH, channelPathSchema } from '../exchange/channel-path.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** `GET /api/v1/channels/:name`: read a channel, and how it is with its receiver. */
export const readChannel: Operation = (app, { channels }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'readChannel',
    tags: ['channels'],
    summary: 'Read a channel, and how it is with its receiver',
    params: channelPathSchema,
    response: { 200: jsonReply('The channel.', channelSchema), ...readingRefusals(404) },
  };
  app.get(CHANNEL_PATH, { schema, ...needs('channels:read', 'organisation') }, async (request, reply) =>
    sendResult(request, reply, await channels.channel(request.params.name)),
  );
};
