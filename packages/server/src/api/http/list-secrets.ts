import { secretPageSchema } from '@sluice/protocol/http/secrets.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

/** `GET /api/v1/secrets`: which secrets are kept, without their values. */
export const listSecrets: Operation = (app, { secrets }) => {
  if (!secrets) return;
  const schema = {
    operationId: 'listSecrets',
    tags: ['secrets'],
    summary: 'List the secrets that are kept, without their values',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of secrets, in the order of their names.', secretPageSchema),
      ...readingRefusals(),
    },
  };
  app.get(
    '/api/v1/secrets',
    { schema, ...needs('secrets:manage', 'organisation') },
    async (request, reply) => {
      const found = await readPage('secrets', request.query, (wanted) => secrets.page(wanted));
      return sendResult(request, reply, found);
    },
  );
};
