import { ledgerPageSchema } from '@sluice/protocol/http/pages.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** `GET /api/v1/ledger`: who did what, newest first. */
export const listLedger: Operation = (app, { ledger }) => {
  const schema = {
    operationId: 'listLedger',
    tags: ['ledger'],
    summary: 'List who did what, newest first',
    querystring: z.strictObject(pageQuery),
    response: { 200: jsonReply('A page of entries, newest first.', ledgerPageSchema), ...readingRefusals() },
  };
  app.get('/api/v1/ledger', { schema, ...needs('audit:read', 'organisation') }, async (request, reply) => {
    const found = await readPage('ledger', request.query, (wanted) => ledger.page(wanted));
    return sendResult(request, reply, found);
  });
};
