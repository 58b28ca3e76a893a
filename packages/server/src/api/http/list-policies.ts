import { policyPageSchema } from '@sluice/protocol/http/policies.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

/** `GET /api/v1/policies`: the policies in force. */
export const listPolicies: Operation = (app, { policies }) => {
  if (!policies) return;
  const schema = {
    operationId: 'listPolicies',
    tags: ['policies'],
    summary: 'List the policies in force',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of policies, in the order of their names.', policyPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/policies',
    { schema, ...needs('policies:read', 'organisation') },
    async (request, reply) => {
      const found = await readPage('policies', request.query, (wanted) => policies.registry.page(wanted));
      return sendResult(request, reply, found);
    },
  );
};
