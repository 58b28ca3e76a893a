import { MAX_INSTANCES } from '@sluice/core/kernel/limits.ts';
import type { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { choice, definition, optional, record, textLeaf, whole } from './leaf.ts';
import { bytes, duration } from './quantities.ts';

const { pool } = DEFAULTS.agents;

const recycle = definition(
  'recycle',
  'When a worker is replaced although nothing is wrong with it. Another one is ready before it goes, and it finishes what it has.',
  record(
    {
      tasks: optional(whole(1, 1_000_000_000), {
        meaning: 'After so many tasks.',
        otherwise: 'never',
        example: 1000,
      }),
      age: optional(duration('1m', '365d'), {
        meaning: 'After so long; workers that began together go at different times.',
        otherwise: 'never',
        example: '24h',
      }),
      memory: optional(bytes('16Mi', '1024Gi'), {
        meaning: 'When its processes use so much memory; on a machine only.',
        otherwise: 'never',
        example: '512Mi',
      }),
    },
    { notEmpty: true },
  ),
);

/** How many workers a component of agents has. */
export const poolLanguage = definition(
  'pool',
  'How many workers there are, by what waits and runs. `instances` are the fewest.',
  record(
    {
      max: optional(whole(1, MAX_INSTANCES), {
        meaning: 'Most workers at the whole of the tasks.',
        otherwise: '`instances`',
        example: 20,
      }),
      tasks: optional(whole(1, 1_000), {
        meaning: 'Tasks that one worker has at the same time: what `concurrency` is in its code.',
        default: pool.tasks,
        example: 4,
      }),
      wait: optional(duration('100ms', '24h'), {
        meaning: 'The oldest task that waits should not wait longer than this.',
        default: pool.wait,
      }),
      keep: optional(duration('1s', '24h'), {
        meaning: 'How long workers stay that are not needed any more.',
        default: pool.keep,
      }),
      sleep: optional(duration('1s', '30d'), {
        meaning:
          'After so long without any task no worker is left; the next task starts one. In a cluster only with scaler keda.',
        otherwise: 'never',
        example: '10m',
      }),
      warm: optional(whole(0, MAX_INSTANCES), {
        meaning: 'Workers beyond what is needed, started and connected.',
        default: pool.warm,
        example: 1,
      }),
      recycle: optional(recycle, {
        meaning: 'When a worker is replaced although nothing is wrong with it.',
        otherwise: 'never',
        example: { tasks: 1000, age: '24h' },
      }),
      forecast: optional(choice('on', 'off'), {
        meaning:
          'Whether what the same time of earlier days needed is started ahead of it; worth it where a worker takes long to start.',
        default: pool.forecast,
      }),
      scaler: optional(choice('hpa', 'keda'), {
        meaning:
          'Who changes the number of pods in a cluster: a HorizontalPodAutoscaler over the external metrics API, or KEDA.',
        default: pool.scaler,
      }),
    },
    { notEmpty: true },
  ),
);

/** An address under which workers reach the control plane. */
export const serverAddress = () =>
  textLeaf({
    expects: 'a URL without a path, such as http://sluice.sluice.svc:4600',
    pattern: /^https?:\/\/[A-Za-z0-9.[\]:-]{1,260}\/?$/,
    parse: (text) => (URL.canParse(text) ? text.replace(/\/$/, '') : undefined),
  });

export type PoolInput = z.output<typeof poolLanguage>;
