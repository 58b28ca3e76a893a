import type { RevisionInstancesView, TrackInstancesView } from '@sluice/protocol/http/instances.ts';
import { expect, it } from 'vitest';
import { countAt, instanceRows, rowsThatFit } from './instance-rows.ts';

const instance = (name: string, state: 'ready' | 'backoff' = 'ready') => ({
  ...{ name, state, reason: null, address: `127.0.0.1:41${name}`, pid: 1, node: null, startedAt: 1 },
  ...{ restarts: 0, cpuMillis: null, memoryBytes: null },
});
const revision = (more: Partial<RevisionInstancesView>): RevisionInstancesView => ({
  ...{ revision: 'web-1', version: 'v1', role: 'stable', ordered: 1, shareBasisPoints: 10_000 },
  ...{ where: { on: 'machine' }, resources: { cpuMillis: 0, memoryBytes: 0 }, unreachable: null },
  instances: [],
  ...more,
});
const TRACKS: readonly TrackInstancesView[] = [
  {
    track: 'shop/local/web',
    splitConfirmed: true,
    revisions: [
      revision({ instances: [instance('00'), instance('01', 'backoff')] }),
      revision({ revision: 'web-0', version: 'v0', role: 'retained', ordered: 0 }),
    ],
  },
  {
    track: 'shop/live/web',
    splitConfirmed: true,
    revisions: [
      revision({
        where: { on: 'cluster', cluster: 'east', namespace: 'shop' },
        unreachable: 'the cluster is away',
      }),
    ],
  },
];
const ALL = { text: '', place: '', onlyUnwell: false };
const rows = instanceRows(TRACKS);
const keysOf = (filter: Partial<typeof ALL>) =>
  rowsThatFit(rows, { ...ALL, ...filter }).map(({ key }) => key);

it('each instance is a line, and so is a revision whose place does not answer; what is not wanted to run is none', () => {
  expect(keysOf({})).toEqual(['shop/local/web web-1 00', 'shop/local/web web-1 01', 'shop/live/web web-1']);
});

it('lines are found by place, by what they are about, and by their health', () => {
  expect(keysOf({ place: 'east' })).toEqual(['shop/live/web web-1']);
  expect(keysOf({ text: 'LOCAL' })).toHaveLength(2);
  expect(keysOf({ text: ':4100' })).toEqual(['shop/local/web web-1 00']);
  expect(keysOf({ onlyUnwell: true })).toEqual(['shop/local/web web-1 01', 'shop/live/web web-1']);
});

it('what runs at a place is counted without what is not seen', () => {
  expect(countAt(rows, 'this machine')).toEqual({ instances: 2, components: 1 });
  expect(countAt(rows, 'east')).toEqual({ instances: 0, components: 0 });
});
