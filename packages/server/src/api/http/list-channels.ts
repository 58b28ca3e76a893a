import { channelPageSchema } from '@sluice/protocol/http/channels.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

/** `GET /api/v1/channels`: list the channels that notices go to. */
export const listChannels: Operation = (app, { channels }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'listChannels',
    tags: ['channels'],
    summary: 'List the channels that notices go to',
    querystring: z.strictObject({ ...pageQuery }),
    response: {
      200: jsonReply('A page of channels, in the order of their names.', channelPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/channels',
    { schema, ...needs('channels:read', 'organisation') },
    async (request, reply) => {
      const found = await readPage('channels', request.query, (wanted) => channels.channels(wanted));
      return sendResult(request, reply, found);
    },
  );
};
