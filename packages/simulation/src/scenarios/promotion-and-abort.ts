import { release, type Scenario, scriptOf, version } from './scenario.ts';

/** Complaints 4, 5 and 9: promotions that break things, commands that are not obeyed, endings that are called success. */
export const PROMOTION_AND_ABORT: readonly Scenario[] = [
  {
    name: 'promotion-of-what-is-not-ready',
    about: 'the promotion itself causes an outage',
    script: scriptOf({
      versions: [version('v2', 'immutable', { change: { afterChecks: ['after'], keepOldMs: 0 } })],
      acts: [release('v2', 0)],
      faults: [{ kind: 'instances-unready', atMs: 6000, forMs: 60_000, version: 'v2', count: 3 }],
    }),
    ends: ['v2 rolled-back (health)'],
    losesNothing: true,
  },
  {
    name: 'abort-during-promotion',
    about: 'what is being promoted cannot be taken back any more',
    script: scriptOf({
      versions: [version('v2', 'immutable', { change: { afterChecks: ['after'] } })],
      acts: [release('v2', 0), { kind: 'command', atMs: 20_000, command: 'abort' }],
      faults: [{ kind: 'results-lost', atMs: 6000, forMs: 30_000 }],
    }),
    ends: ['v2 rolled-back (aborted)'],
    losesNothing: true,
  },
  {
    name: 'abort-is-obeyed',
    about: 'an aborted rollout goes on, or begins again by itself',
    script: scriptOf({
      versions: [version('v2', 'canary')],
      acts: [release('v2', 0), { kind: 'command', atMs: 15_000, command: 'abort' }],
      faults: [
        { kind: 'replica-crash', atMs: 14_000, forMs: 5000, replica: 0, before: 'perform' },
        { kind: 'replica-stall', atMs: 14_000, forMs: 20_000, replica: 1, before: 'perform' },
        { kind: 'orders-late', atMs: 10_000, forMs: 20_000 },
      ],
    }),
    ends: ['v2 rolled-back (aborted)'],
    losesNothing: true,
  },
  {
    name: 'superseded-on-its-way',
    about: 'a rollout that was cut short is called a success',
    script: scriptOf({
      versions: [version('v2', 'canary'), version('v3', 'rolling')],
      acts: [release('v2', 0), release('v3', 17)],
    }),
    ends: ['v2 rolled-back (superseded)', 'v3 succeeded'],
    losesNothing: true,
  },
];
