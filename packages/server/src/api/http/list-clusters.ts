import { clusterPageSchema } from '@sluice/protocol/http/clusters.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

/** `GET /api/v1/clusters`: the clusters that are registered. */
export const listClusters: Operation = (app, { clusters }) => {
  const schema = {
    operationId: 'listClusters',
    tags: ['clusters'],
    summary: 'List the clusters that are registered',
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of clusters, in the order of their names.', clusterPageSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/clusters', { schema, ...needs('clusters:read', 'anywhere') }, async (request, reply) => {
    const found = await readPage('clusters', request.query, (wanted) => clusters.page(wanted));
    return sendResult(request, reply, found);
  });
};
