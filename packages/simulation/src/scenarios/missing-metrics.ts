import { release, type Scenario, scriptOf, version } from './scenario.ts';

const patient = { change: { analysis: { holdLimitMs: 3_600_000 } } };
const failing = { quality: { kind: 'failing', errorRate: 0.3 } } as const;

/** Complaints 7 and 8: silence and outages that are taken for failure, or for success. */
export const MISSING_METRICS: readonly Scenario[] = [
  {
    name: 'metrics-outage-and-a-good-release',
    about: 'ten minutes without metrics roll a good release back',
    script: scriptOf({
      versions: [version('v2', 'canary', patient)],
      acts: [release('v2', 0)],
      faults: [{ kind: 'metrics-down', atMs: 12_000, forMs: 600_000 }],
    }),
    ends: ['v2 succeeded'],
    losesNothing: true,
  },
  {
    name: 'metrics-outage-and-a-bad-release',
    about: 'ten minutes without metrics let a bad release through',
    script: scriptOf({
      versions: [version('v2', 'canary', { ...patient, ...failing })],
      acts: [release('v2', 0)],
      faults: [{ kind: 'metrics-down', atMs: 3000, forMs: 600_000 }],
    }),
    ends: ['v2 rolled-back (judge)'],
    losesNothing: true,
  },
  {
    name: 'no-traffic-yet',
    about: 'a release is judged before anybody has used it',
    script: scriptOf({
      versions: [version('v2', 'canary', { ...patient, ...failing })],
      acts: [release('v2', 0)],
      faults: [{ kind: 'no-traffic', atMs: 0, forMs: 300_000 }],
    }),
    ends: ['v2 rolled-back (judge)'],
    losesNothing: true,
  },
  {
    name: 'metrics-that-vanish',
    about: 'a provider that answers with nothing at all is waited for in silence',
    script: scriptOf({
      versions: [version('v2', 'canary', patient)],
      acts: [release('v2', 0)],
      faults: [{ kind: 'metrics-vanish', atMs: 12_000, forMs: 120_000 }],
    }),
    ends: ['v2 succeeded'],
    losesNothing: true,
  },
];
