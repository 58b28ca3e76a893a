import { expect, it } from 'vitest';
import type { Pod } from '../objects/pod.ts';
import { DELETION_COST, inDeletionOrder } from './deletion-order.ts';

interface Traits {
  readonly node?: string;
  readonly phase?: 'Pending' | 'Running';
  readonly readySince?: string;
  readonly restarts?: number;
  readonly cost?: string;
}

const pod = (
  name: string,
  { node = 'a', phase = 'Running', readySince, restarts = 0, cost }: Traits,
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    uid: name,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(cost === undefined ? {} : { annotations: { [DELETION_COST]: cost } }),
  },
  spec: { containers: [], ...(node === '' ? {} : { nodeName: node }) },
  status: {
    phase,
    conditions:
      readySince === undefined
        ? []
        : [{ type: 'Ready', status: 'True', lastTransitionTime: `2026-01-01T${readySince}:00Z` }],
    containerStatuses: [{ name: 'web', image: 'web', ready: true, restartCount: restarts }],
  },
});

it.each([
  ['not on a node', { node: '', phase: 'Pending' }, { phase: 'Pending' }],
  ['pending', { phase: 'Pending' }, {}],
  ['not ready', {}, { readySince: '10:00' }],
  ['cheap to delete', { readySince: '09:00', cost: '-5' }, { readySince: '10:00' }],
  ['ready only lately', { readySince: '11:00' }, { readySince: '10:00' }],
  ['restarted often', { restarts: 3 }, { restarts: 1 }],
] as const)('a pod that is %s goes first', (_, first, second) => {
  const order = inDeletionOrder([pod('second', { node: 'b', ...second }), pod('first', first)]);
  expect(order.map(({ metadata }) => metadata.name)).toEqual(['first', 'second']);
});

it('of two nodes, the one with more pods of the kind gives one up', () => {
  const pods = [
    pod('alone', { node: 'b', readySince: '10:00' }),
    pod('one', { readySince: '10:00' }),
    pod('two', { readySince: '10:00' }),
  ];
  expect(inDeletionOrder(pods).at(-1)?.metadata.name).toBe('alone');
});
