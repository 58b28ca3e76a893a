import { subscriptionPageSchema } from '@sluice/protocol/http/channels.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

/** `GET /api/v1/subscriptions`: list who is told what. */
export const listSubscriptions: Operation = (app, { channels }) => {
  if (channels === undefined) return;
  const schema = {
    operationId: 'listSubscriptions',
    tags: ['channels'],
    summary: 'List who is told what',
    querystring: z.strictObject({ ...pageQuery }),
    response: {
      200: jsonReply('A page of subscriptions, in the order of their names.', subscriptionPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/subscriptions',
    { schema, ...needs('channels:read', 'organisation') },
    async (request, reply) => {
      const found = await readPage('subscriptions', request.query, (wanted) =>
        channels.subscriptions.page(wanted),
      );
      return sendResult(request, reply, found);
    },
  );
};
