import { clusterRequestSchema, clusterSchema } from '@sluice/protocol/http/clusters.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendOnce } from '../exchange/answers.ts';
import { changeHeaders } from '../exchange/change-headers.ts';
import { CLUSTER_PATH, clusterPathSchema } from '../exchange/cluster-path.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `PUT /api/v1/clusters/:name`: register a cluster, or change how it is registered. */
export const putCluster: Operation = (app, { clusters, idempotency }) => {
  const schema = {
    operationId: 'putCluster',
    tags: ['clusters'],
    summary: 'Register a cluster, or change how it is registered',
    params: clusterPathSchema,
    headers: changeHeaders,
    body: clusterRequestSchema,
    response: {
      200: jsonReply('The cluster as it is registered now.', clusterSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.put(CLUSTER_PATH, { schema, ...needs('clusters:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () => clusters.put(request.params.name, request.body)),
  );
};
