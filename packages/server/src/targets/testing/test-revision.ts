import { type RevisionId, revisionId, type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec, ProcessWorkload } from '@sluice/core/rollout/component-spec.ts';
import { SAMPLE_CANARY } from '@sluice/core/rollout/testing/sample-component.ts';
import type { RevisionRecord } from '../revision-record.ts';

/** For tests: the id of the revision with a number, in the form that revision ids have. */
export const testRevisionId = (number: number): RevisionId =>
  revisionId(`web-${String(number).padStart(12, '0')}`);

/** For tests: a track whose name nobody else uses in this process. */
export const testTrack = (name: string): TrackId => trackId('shop', 'test', name);

/** For tests: processes of a command. */
export const testProcess = (run: string): ProcessWorkload => ({ on: 'machine', run, source: '/nowhere' });

/** For tests: a component with quick health checks and no surroundings. */
export function testComponent(changes: Partial<ComponentSpec> = {}): ComponentSpec {
  return {
    name: 'web',
    workload: testProcess('true'),
    instances: 1,
    route: { host: null, path: '/' },
    request: { protocol: 'http1', timeoutMs: 10_000, maxBodyBytes: 0 },
    health: { path: '/', withinMs: 20_000, intervalMs: 100, timeoutMs: 2_000, failures: 3 },
    env: {},
    secrets: {},
    needs: [],
    resources: { cpuMillis: 0, memoryBytes: 0 },
    drainMs: 2_000,
    user: null,
    strategy: SAMPLE_CANARY,
    ...changes,
  };
}

/** For tests: a revision as the store would hand it out. */
export function testRevision(
  number: number,
  changes: Partial<RevisionRecord> & { readonly directory: string },
): RevisionRecord {
  return {
    id: testRevisionId(number),
    track: testTrack('web'),
    version: `v${number}`,
    component: testComponent(),
    checks: [],
    ...changes,
  };
}
