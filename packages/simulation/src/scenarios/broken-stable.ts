import { release, type Scenario, scriptOf, version } from './scenario.ts';

const down = { kind: 'instances-unready', version: 'v1', count: 4 } as const;

/** Complaint 6: the fix cannot be shipped when stable is broken. */
export const BROKEN_STABLE: readonly Scenario[] = [
  {
    name: 'hot-fix-for-a-dead-stable',
    about: 'a release hangs because the version that it replaces is unhealthy',
    script: scriptOf({
      versions: [version('v2', 'canary')],
      acts: [release('v2', 10, { lane: 'hotfix' })],
      faults: [{ ...down, atMs: 5000, forMs: 900_000 }],
    }),
    ends: ['v2 succeeded'],
    losesNothing: false,
  },
  {
    name: 'hot-fix-past-a-blocked-rollback',
    about: 'the fix waits behind a rollback that a dead stable version blocks',
    script: scriptOf({
      versions: [
        version('v2', 'canary', { change: { analysis: { fail: 'hold' } } }),
        version('v3', 'canary'),
      ],
      acts: [release('v2', 0), release('v3', 25, { lane: 'hotfix' })],
      faults: [{ ...down, atMs: 20_000, forMs: 900_000 }],
    }),
    ends: ['v2 rolled-back (superseded)', 'v3 succeeded'],
    losesNothing: false,
  },
  {
    name: 'usual-release-over-a-dead-stable',
    about:
      'without the hot-fix lane nothing is sent to a side that cannot carry it, and the rollout does not hang',
    script: scriptOf({
      versions: [version('v2', 'canary')],
      acts: [release('v2', 10)],
      faults: [{ ...down, atMs: 5000, forMs: 100_000 }],
    }),
    ends: ['v2 rolled-back (deadline)'],
    losesNothing: false,
  },
];
