import { toolPageSchema } from '@sluice/protocol/http/tools.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

/** `GET /api/v1/tools`: the tools that are registered. */
export const listTools: Operation = (app, { tools }) => {
  if (tools === undefined) return;
  const schema = {
    operationId: 'listTools',
    tags: ['tools'],
    summary: 'List the tools that are registered, and which are left alone because they failed',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of tools, in the order of their names and versions.', toolPageSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/tools', { schema, ...needs('tools:read', 'anywhere') }, async (request, reply) => {
    const found = await readPage('tools', request.query, (wanted) => tools.tools(wanted));
    return sendResult(request, reply, found);
  });
};
