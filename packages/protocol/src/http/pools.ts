/** How many workers there are to be, for autoscalers and people. */
import { z } from 'zod';

const poolSchema = z
  .object({
    track: z.string(),
    revision: z.string(),
    workers: z.int().describe('How many there are to be; 0 when it sleeps.'),
    ordered: z.int().describe('What the release has ordered, which are the fewest.'),
    isAsleep: z.boolean(),
    on: z.enum(['machine', 'cluster']).describe('`cluster`: an autoscaler there follows what is wanted.'),
    leaving: z.int().describe('Workers that were asked to finish and leave.'),
    waiting: z.int(),
    running: z.int(),
    oldestAt: z
      .int()
      .nullable()
      .describe('When the oldest task that waits came in, in milliseconds since the epoch.'),
    why: z.string().describe('In words.'),
    decidedAt: z.int().describe('In milliseconds since the epoch.'),
  })
  .meta({ id: 'Pool' });
/** A pool on the wire. */
export type PoolView = z.infer<typeof poolSchema>;

/** All pools, in the order of their tracks. */
export const poolListSchema = z.object({ items: z.array(poolSchema) }).meta({ id: 'PoolList' });
/** All pools on the wire. */
export type PoolListView = z.infer<typeof poolListSchema>;

/** One metric for the autoscalers of Kubernetes (external.metrics.k8s.io/v1beta1). */
const externalMetricSchema = z
  .object({
    metricName: z.string(),
    metricLabels: z.record(z.string(), z.string()),
    timestamp: z.string().describe('RFC 3339, in seconds.'),
    value: z.string().describe('A Kubernetes quantity.'),
  })
  .meta({ id: 'ExternalMetricValue' });

/** Metrics in the form in which a HorizontalPodAutoscaler reads them. */
export const externalMetricListSchema = z
  .object({
    kind: z.literal('ExternalMetricValueList'),
    apiVersion: z.literal('external.metrics.k8s.io/v1beta1'),
    metadata: z.object({}),
    items: z.array(externalMetricSchema),
  })
  .meta({ id: 'ExternalMetricValueList' });
/** Metrics on the wire. */
export type ExternalMetricList = z.infer<typeof externalMetricListSchema>;

/** The metrics that there are, in the form in which Kubernetes discovers them. */
export const externalResourcesSchema = z
  .object({
    kind: z.literal('APIResourceList'),
    apiVersion: z.literal('v1'),
    groupVersion: z.literal('external.metrics.k8s.io/v1beta1'),
    resources: z.array(
      z.object({
        name: z.string(),
        singularName: z.literal(''),
        namespaced: z.literal(true),
        kind: z.literal('ExternalMetricValueList'),
        verbs: z.array(z.literal('get')),
      }),
    ),
  })
  .meta({ id: 'ExternalMetricResources' });
