import { z } from 'zod';
import { MAX_INSTANCES } from '@sluice/core/kernel/limits.ts';
import { DEFAULTS } from '../defaults.ts';
import { choice, definition, list, named, oneOf, optional, record, required, whole } from '../leaf.ts';
import { duration } from '../quantities.ts';
import { percent, plainKey, quantity } from './kubernetes-forms.ts';

const policy = definition(
  'scaling-policy',
  'How many pods may come or go within a period; one of pods and percent.',
  oneOf(
    {
      pods: optional(whole(1, 1_000_000), { meaning: 'Number of pods.', example: 4 }),
      percent: optional(percent(1, 1000), { meaning: 'Share of the pods that there are.', example: '100%' }),
      period: required(duration('1s', '30m'), {
        meaning: 'The time in which so many may come or go.',
        example: '1m',
      }),
    },
    { keys: ['pods', 'percent'] },
  ),
);

const behavior = (id: string, what: string, stabilization: string) =>
  definition(
    id,
    `How fast an autoscaler ${what}.`,
    record({
      stabilization: optional(duration('0s', '1h'), {
        meaning: 'The most careful wish of the last so long counts.',
        default: stabilization,
      }),
      policies: optional(list(policy, 'policies', { from: 0, to: 10 }), {
        meaning: 'The one that allows the larger change counts.',
        otherwise: 'as Kubernetes does',
        example: [{ pods: 4, period: '1m' }],
      }),
    }),
  );

/** Bounds and measures of a HorizontalPodAutoscaler. */
export const autoscaleLanguage = definition(
  'autoscale',
  'A HorizontalPodAutoscaler per revision; `instances` is its lower bound. off: the number of pods is fixed.',
  z.union([
    choice('off'),
    record({
      max: optional(whole(1, MAX_INSTANCES), {
        meaning: 'Most pods at the whole of the traffic; must be written.',
        example: 10,
      }),
      cpu: optional(z.union([choice('off'), percent(1, 1000)]), {
        meaning: 'Average processor use aimed at, of what is requested.',
        otherwise: `${DEFAULTS.kubernetes.cpu} where nothing else is measured`,
        example: '70%',
      }),
      memory: optional(z.union([choice('off'), percent(1, 1000)]), {
        meaning: 'Average memory use aimed at, of what is requested.',
        otherwise: 'off',
        example: '80%',
      }),
      metrics: optional(
        named(
          plainKey('a metric', 'queue_length'),
          quantity(),
          'a mapping from names of metrics to quantities',
        ),
        {
          meaning: 'Metrics of pods, such as the length of a queue, and the average aimed at.',
          example: { queue_length: 30 },
        },
      ),
      'scale-up': optional(behavior('scale-up', 'grows', DEFAULTS.kubernetes.scaleUp), {
        meaning: 'How fast it grows.',
        example: { policies: [{ percent: '100%', period: '15s' }] },
      }),
      'scale-down': optional(behavior('scale-down', 'shrinks', DEFAULTS.kubernetes.scaleDown), {
        meaning: 'How fast it shrinks.',
        example: { stabilization: '10m' },
      }),
    }),
  ]),
);

const quantities = (meaning: string, example: Record<string, string>) =>
  optional(
    named(plainKey('a resource', 'memory'), quantity(), 'a mapping from names of resources to quantities'),
    { meaning, example },
  );

const containerLimits = definition(
  'container-limits',
  'A LimitRange for containers.',
  record(
    {
      default: quantities('Limits of containers that say none.', { memory: '256Mi' }),
      request: quantities('Requests of containers that say none.', { cpu: '100m' }),
      max: quantities('Highest limits.', { memory: '4Gi' }),
      min: quantities('Lowest requests.', { cpu: '10m' }),
    },
    { notEmpty: true },
  ),
);

/** A ResourceQuota and a LimitRange. */
export const limitsLanguage = definition(
  'namespace-limits',
  'A ResourceQuota and a LimitRange of the namespace.',
  record(
    {
      quota: quantities('A ResourceQuota: the most that all pods of the namespace may have together.', {
        'requests.cpu': '20',
        pods: '100',
      }),
      container: optional(containerLimits, {
        meaning: 'A LimitRange for containers.',
        example: { default: { memory: '256Mi' } },
      }),
    },
    { notEmpty: true },
  ),
);

/** Autoscaling as written, when it is on. */
export type AutoscaleInput = Exclude<z.output<typeof autoscaleLanguage>, 'off'>;
/** Limits of a namespace as written. */
export type LimitsInput = z.output<typeof limitsLanguage>;
