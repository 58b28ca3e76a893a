import { type QueueView, queuePageSchema } from '@sluice/protocol/http/queues.ts';
import { z } from 'zod';
import { needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

/** `GET /api/v1/queues`: what waits, runs and is dead, by revision. */
export const listQueues: Operation = (app, { tasks }) => {
  if (tasks === undefined) return;
  const schema = {
    operationId: 'listQueues',
    tags: ['tasks'],
    summary: 'List what waits, runs and is dead, by track and revision',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply(
        'A page of queues, in the order of their tracks; counts may be some seconds old.',
        queuePageSchema,
      ),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/queues',
    { schema, ...needsForList('tasks:read', ({ track }: QueueView) => track) },
    async (request, reply) => {
      const found = await readPage('queues', request.query, (wanted) => tasks.queues(wanted));
      return sendResult(request, reply, found);
    },
  );
};
