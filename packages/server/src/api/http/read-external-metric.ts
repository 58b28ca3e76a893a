import { externalMetricListSchema, externalResourcesSchema } from '@sluice/protocol/http/pools.ts';
import { z } from 'zod';
import { EXTERNAL_METRICS, externalMetric, labelSelector } from '../../pools/external-metrics.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { problem, sendProblem } from '../exchange/problems.ts';

const ROOT = '/apis/external.metrics.k8s.io/v1beta1';

/** The external metrics API of Kubernetes, for autoscalers of agents. */
export const readExternalMetric: Operation = (app, { pools }) => {
  if (pools === undefined) return;
  const listed = {
    operationId: 'listExternalMetrics',
    tags: ['tasks'],
    summary: 'List the metrics for autoscalers of Kubernetes',
    response: {
      200: jsonReply('As Kubernetes discovers them.', externalResourcesSchema),
      ...readingRefusals(),
    },
  };
  app.get(ROOT, { schema: listed, ...needs('metrics:read', 'organisation') }, async (_request, reply) =>
    reply.send({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'external.metrics.k8s.io/v1beta1',
      resources: EXTERNAL_METRICS.map((name) => ({
        ...{ name, singularName: '' as const, namespaced: true as const },
        ...{ kind: 'ExternalMetricValueList' as const, verbs: ['get' as const] },
      })),
    }),
  );
  const schema = {
    operationId: 'readExternalMetric',
    tags: ['tasks'],
    summary: 'Read a metric of pools, in the form of external.metrics.k8s.io/v1beta1',
    params: z.strictObject({
      namespace: z.string().max(100).describe('Pools have names of their own; any namespace is answered.'),
      metric: z
        .string()
        .max(100)
        .describe('agent_workers_wanted, agent_queue_length or agent_tasks_running.'),
    }),
    // Clients of Kubernetes add what holds of every list, such as `limit` and `timeout`, and no API of it minds.
    querystring: z.object({
      labelSelector: z.string().max(500).default('').describe('`track` and `revision`, as pods bear them.'),
    }),
    response: {
      200: jsonReply('The values that were found.', externalMetricListSchema),
      ...readingRefusals(404),
    },
  };
  app.get(
    `${ROOT}/namespaces/:namespace/:metric`,
    { schema, ...needs('metrics:read', 'organisation') },
    async (request, reply) => {
      const selector = labelSelector(request.query.labelSelector);
      if (selector === null) return sendProblem(request, reply, badSelector(request.query.labelSelector));
      const found = externalMetric(request.params.metric, selector, pools.plans());
      if (found !== null) return reply.send(found);
      return sendProblem(request, reply, noMetric(request.params.metric));
    },
  );
};

const badSelector = (selector: string) =>
  problem({
    ...{ status: 400, code: 'invalid-selector' },
    detail: `The selector "${selector}" has another form than track=NAME,revision=NAME.`,
    remedy: 'Use matchLabels alone.',
  });

const noMetric = (metric: string) =>
  problem({
    ...{ status: 404, code: 'not-found' },
    detail: `There is no metric ${metric}.`,
    remedy: `There are ${EXTERNAL_METRICS.join(', ')}.`,
  });
