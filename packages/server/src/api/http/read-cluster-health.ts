import { clusterHealthSchema } from '@sluice/protocol/http/clusters.ts';
import { z } from 'zod';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { CLUSTER_PATH } from '../exchange/cluster-path.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';

/** A file may name clusters that nobody needs to register, and they can be asked as well. */
const paramsSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(200)
    .describe('As a file names it: a registered name, `default`, `in-cluster` or `context:NAME`.'),
});

const querySchema = z.strictObject({
  namespace: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
    .optional()
    .describe('Where permissions are looked at; default: where tracks use the cluster, or `default`.'),
});

/** `GET /api/v1/clusters/:name/health`: whether a cluster answers, and what Sluice lacks there. */
export const readClusterHealth: Operation = (app, { clusters }) => {
  const schema = {
    operationId: 'readClusterHealth',
    tags: ['clusters'],
    summary: 'Say whether a cluster answers, what it serves, and which permissions are missing',
    params: paramsSchema,
    querystring: querySchema,
    response: {
      200: jsonReply(
        'What was found; a cluster that is away is answered with 200 as well.',
        clusterHealthSchema,
      ),
      ...readingRefusals(404),
    },
  };
  app.get(
    `${CLUSTER_PATH}/health`,
    { schema, ...needs('clusters:read', 'anywhere') },
    async (request, reply) => {
      const { params, query } = request;
      return sendResult(request, reply, await clusters.health(params.name, query.namespace ?? null));
    },
  );
};
