import { type WorkerView, workerPageSchema } from '@sluice/protocol/http/queues.ts';
import { z } from 'zod';
import { needsForList } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

/** `GET /api/v1/agents`: the workers that are connected to this server. */
export const listAgents: Operation = (app, { tasks }) => {
  if (tasks === undefined) return;
  const schema = {
    operationId: 'listAgents',
    tags: ['tasks'],
    summary: 'List the workers that are connected to this server',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of workers, in the order of their names.', workerPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/agents',
    { schema, ...needsForList('agents:read', ({ track }: WorkerView) => track) },
    async (request, reply) => {
      const found = await readPage('agents', request.query, (wanted) => tasks.workers(wanted));
      return sendResult(request, reply, found);
    },
  );
};
