import { workflowPageSchema, workflowStateSchema } from '@sluice/protocol/http/workflows.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

const querySchema = z.strictObject({ state: workflowStateSchema.optional(), ...pageQuery });

/** `GET /api/v1/workflows`: workflows, newest first. */
export const listWorkflows: Operation = (app, { workflows }) => {
  if (workflows === undefined) return;
  const schema = {
    operationId: 'listWorkflows',
    tags: ['workflows'],
    summary: 'List workflows, newest first, without their tasks',
    querystring: querySchema,
    response: {
      200: jsonReply('A page of workflows, newest first.', workflowPageSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/workflows', { schema, ...needs('tasks:read', 'organisation') }, async (request, reply) => {
    const { state, ...page } = request.query;
    const list = `workflows?${JSON.stringify([state])}`;
    const found = await readPage(list, page, (wanted) => workflows.workflows({ state }, wanted));
    return sendResult(request, reply, found);
  });
};
