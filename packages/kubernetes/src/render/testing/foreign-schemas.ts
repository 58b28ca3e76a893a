import type { ObjectSchema } from './object-schema.ts';

const text: ObjectSchema = { type: 'string' };
const texts: ObjectSchema = { type: 'array', items: text };
const record: ObjectSchema = { type: 'object', additionalProperties: text };

const of = (
  properties: Readonly<Record<string, ObjectSchema>>,
  required: readonly string[] = [],
): ObjectSchema => ({
  type: 'object',
  properties,
  required,
});

const selector = of({
  matchLabels: record,
  matchExpressions: {
    type: 'array',
    items: of({ key: text, operator: text, values: texts }, ['key', 'operator']),
  },
});

/**
 * What is used of `autoscaling.k8s.io/v1` VerticalPodAutoscaler, by the API reference of the autoscaler
 * (kubernetes/autoscaler, vertical-pod-autoscaler/docs/api.md).
 */
const verticalPodAutoscaler = of(
  {
    targetRef: of({ apiVersion: text, kind: text, name: text }, ['kind', 'name']),
    updatePolicy: of({
      updateMode: {
        type: 'string',
        enum: ['Off', 'Initial', 'Recreate', 'InPlaceOrRecreate', 'InPlace', 'Auto'],
      },
      minReplicas: { type: 'integer' },
    }),
    resourcePolicy: of({
      containerPolicies: {
        type: 'array',
        items: of({
          containerName: text,
          mode: { type: 'string', enum: ['Auto', 'Off'] },
          minAllowed: record,
          maxAllowed: record,
          controlledResources: { type: 'array', items: { type: 'string', enum: ['cpu', 'memory'] } },
          controlledValues: { type: 'string', enum: ['RequestsAndLimits', 'RequestsOnly'] },
        }),
      },
    }),
  },
  ['targetRef'],
);

/**
 * What is used of `monitoring.coreos.com/v1` ServiceMonitor, by the API reference of the Prometheus operator
 * (prometheus-operator, Documentation/api-reference/api.md); durations are limited by the pattern of its definition.
 */
const serviceMonitor = of(
  {
    jobLabel: text,
    selector,
    targetLabels: texts,
    podTargetLabels: texts,
    namespaceSelector: of({ any: { type: 'boolean' }, matchNames: texts }),
    endpoints: {
      type: 'array',
      items: of({
        port: text,
        targetPort: { 'x-kubernetes-int-or-string': true },
        path: text,
        scheme: { type: 'string', enum: ['http', 'https'] },
        interval: {
          type: 'string',
          pattern:
            '^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$',
        },
        scrapeTimeout: text,
      }),
    },
  },
  ['selector', 'endpoints'],
);

/** Schemas of `spec` of kinds that no definition is at hand for, by `<apiVersion>/<kind>`; written by hand. */
export const FOREIGN_SPECS: Readonly<Record<string, ObjectSchema>> = {
  'autoscaling.k8s.io/v1/VerticalPodAutoscaler': verticalPodAutoscaler,
  'monitoring.coreos.com/v1/ServiceMonitor': serviceMonitor,
};
