import type { Ended } from '../checkers/ended.ts';
import type { Fault, OperatorAct, Quality, Script, VersionScript } from '../script/script.ts';
import { type StrategyChange, type StrategyName, strategyAtHand } from '../script/strategies-at-hand.ts';

/** A story with a name that is told the same way every time, and what it has to come to. */
export interface Scenario {
  readonly name: string;
  /** The complaint about other tools that it answers. */
  readonly about: string;
  readonly script: Script;
  /** Every end after the first release, as `endInWords` says it. */
  readonly ends: readonly string[];
  /** Whether every request has to reach somebody who is ready. */
  readonly losesNothing: boolean;
}

/** An end as scenarios expect it: `v2 succeeded`, `v2 rolled-back (judge)`. */
export function endInWords({ rollout: { version, phase } }: Ended): string {
  return phase.name === 'rolled-back'
    ? `${version} rolled-back (${phase.reason.kind})`
    : `${version} ${phase.name}`;
}

const GOOD: Quality = { kind: 'good', errorRate: 0, slowRate: 0, startMs: 1000, goalRate: 0.1 };

/** A version of four instances. */
export const version = (
  name: string,
  strategy: StrategyName,
  more: { readonly quality?: Partial<Quality>; readonly change?: StrategyChange } = {},
): VersionScript => ({
  version: name,
  instances: 4,
  quality: { ...GOOD, ...more.quality },
  strategy: strategyAtHand(strategy, more.change),
});

/** A release of a version, so many seconds after the beginning. */
export const release = (
  name: string,
  atSeconds: number,
  more: Partial<Pick<Extract<OperatorAct, { kind: 'release' }>, 'lane' | 'arrival'>> = {},
): OperatorAct => ({
  kind: 'release',
  atMs: atSeconds * 1000,
  version: name,
  lane: 'normal',
  arrival: 'supersede',
  ...more,
});

/** A world of three replicas and two router workers in which v1 is stable. */
export const scriptOf = (parts: {
  readonly versions: readonly VersionScript[];
  readonly acts: readonly OperatorAct[];
  readonly faults?: readonly Fault[];
}): Script => ({
  seed: 1,
  replicas: 3,
  workers: 2,
  requestsPerSecond: 60,
  stable: version('v1', 'canary'),
  faults: [],
  ...parts,
});
