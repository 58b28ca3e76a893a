import { clusterSchema } from '@sluice/protocol/http/clusters.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { CLUSTER_PATH, clusterPathSchema } from '../exchange/cluster-path.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

const querySchema = z.strictObject({
  by: z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.'),
});

/** `DELETE /api/v1/clusters/:name`: forget a cluster that nothing uses any more; nothing in it is touched. */
export const removeCluster: Operation = (app, { clusters, idempotency }) => {
  const schema = {
    operationId: 'removeCluster',
    tags: ['clusters'],
    summary: 'Forget a cluster that no track uses any more; nothing in it is touched',
    params: clusterPathSchema,
    querystring: querySchema,
    headers: changeHeaders,
    response: {
      200: jsonReply('The cluster as it was registered.', clusterSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.delete(CLUSTER_PATH, { schema, ...needs('clusters:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      clusters.remove(request.params.name, request.query.by),
    ),
  );
};
