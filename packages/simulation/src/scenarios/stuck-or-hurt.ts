import { release, type Scenario, scriptOf, version } from './scenario.ts';

const always = { atMs: 0, forMs: 120_000 } as const;

/** Complaints 1 to 3: rollouts that get stuck, and traffic that is hurt on the way. */
export const STUCK_OR_HURT: readonly Scenario[] = [
  {
    name: 'two-leaders',
    about: 'a rollout gets stuck by stale views and conflicting writers',
    script: scriptOf({
      versions: [version('v2', 'canary')],
      acts: [release('v2', 0)],
      faults: [
        { kind: 'split-brain', ...always },
        { kind: 'orders-doubled', ...always },
        { kind: 'orders-late', ...always },
        { kind: 'replica-crash', atMs: 10_000, forMs: 30_000, replica: 0, before: 'commit' },
        { kind: 'replica-crash', atMs: 25_000, forMs: 30_000, replica: 1, before: 'perform' },
      ],
    }),
    ends: ['v2 succeeded'],
    losesNothing: true,
  },
  {
    name: 'stable-loses-instances',
    about: 'traffic is sent to, or capacity removed from, the wrong set',
    script: scriptOf({
      versions: [version('v2', 'rolling')],
      acts: [release('v2', 0), { kind: 'command', atMs: 22_000, command: 'abort' }],
      faults: [{ kind: 'instances-unready', atMs: 15_000, forMs: 30_000, version: 'v1', count: 1 }],
    }),
    ends: ['v2 rolled-back (aborted)'],
    losesNothing: true,
  },
  {
    name: 'slow-routers-at-the-switch',
    about: 'requests fail at the switch because the old side goes before every router knows the new one',
    script: scriptOf({
      versions: [version('v2', 'immutable', { change: { keepOldMs: 0 } })],
      acts: [release('v2', 0)],
      faults: [
        { kind: 'slow-router', ...always, worker: 0 },
        { kind: 'replies-lost', ...always },
      ],
    }),
    ends: ['v2 succeeded'],
    losesNothing: true,
  },
];
