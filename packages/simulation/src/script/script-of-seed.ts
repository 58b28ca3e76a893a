import type { ArrivalPolicy, RolloutCommand } from '@sluice/core/rollout/commands.ts';
import type { StrategySpec, VerdictAction } from '@sluice/core/rollout/strategy-spec.ts';
import { Chance } from '../clock/chance.ts';
import type { Fault, OperatorAct, Quality, Script, VersionScript, WorkStep } from './script.ts';
import { withGates } from './gates-of-seed.ts';
import { ERRORS_BELOW_TENTH, type StrategyName, strategyAtHand } from './strategies-at-hand.ts';

/** Most things that go wrong in one story; with more, every end is explained and nothing is learnt. */
const MOST_FAULTS = 6;
/** Most of what is done and goes wrong falls in this time after a release, in milliseconds. */
const BUSY_MS = 60_000;
/** How far from each other things are that happen around the same time, in milliseconds. */
const CROWD_MS = 6000;
/** The latest release, in milliseconds after the beginning. */
const LAST_RELEASE_MS = 120_000;

/** Writes the script of a seed; the same seed gives the same script. */
export function scriptOfSeed(seed: number): Script {
  const chance = new Chance(seed);
  const instances = chance.oneOf([1, 2, 3, 4, 6]);
  const hasStable = chance.happens(0.85);
  const first = versionOf(chance, 'v1', instances, chance.happens(0.9) ? 'good' : 'failing');
  const later = Array.from({ length: chance.oneOf([1, 1, 2, 2, 3]) }, (_, index) =>
    versionOf(chance, `v${index + 2}`, chance.happens(0.8) ? instances : chance.whole(1, 6)),
  );
  const known = [first, ...later].map(({ version }) => version);
  const versions = hasStable ? later : [first, ...later];
  const releases = releasesOf(chance, versions);
  const moments = momentsIn(
    chance,
    releases.map(({ atMs }) => atMs),
  );
  return withGates({
    seed,
    replicas: chance.oneOf([1, 2, 2, 3]),
    workers: chance.oneOf([1, 2, 2, 3]),
    requestsPerSecond: chance.oneOf([20, 60, 200]),
    stable: hasStable ? first : null,
    versions,
    acts: [...releases, ...undosOf(chance, known, moments), ...commandsOf(chance, moments)].sort(
      (one, other) => one.atMs - other.atMs,
    ),
    faults: [
      ...Array.from({ length: chance.whole(0, MOST_FAULTS) }, () => faultOf(chance, known, moments)),
      ...(chance.happens(0.1) ? [breakdownOf(chance, known, moments)] : []),
    ],
  });
}

/** Tells moments at which something goes wrong or is done. */
type Moments = () => number;

/**
 * Moments at which something is likely to be under way. In half of the stories everything happens around the same
 * time, because most of what is hard to get right needs two or three things at once.
 */
function momentsIn(chance: Chance, releases: readonly number[]): Moments {
  const anywhere = (): number =>
    Math.round(chance.oneOf(releases) + chance.between(0, BUSY_MS) * chance.between(0, 1));
  if (chance.happens(0.5)) return anywhere;
  const focus = anywhere();
  return () =>
    chance.happens(0.8) ? Math.max(0, Math.round(focus + chance.between(-CROWD_MS, CROWD_MS))) : anywhere();
}

const KINDS: readonly Quality['kind'][] = [
  'good',
  'good',
  'good',
  'good',
  'failing',
  'failing',
  'slow',
  'crash-looping',
  'never-ready',
  'failing-check',
];

function versionOf(
  chance: Chance,
  version: string,
  instances: number,
  kind = chance.oneOf(KINDS),
): VersionScript {
  return { version, instances, quality: qualityOf(chance, kind), strategy: strategyOf(chance) };
}

function qualityOf(chance: Chance, kind: Quality['kind']): Quality {
  return {
    kind,
    errorRate: kind === 'failing' ? chance.oneOf([0.15, 0.4, 1]) : 0,
    slowRate: kind === 'slow' ? 0.8 : 0.02,
    startMs: chance.oneOf([500, 2000, 8000]),
    goalRate: chance.oneOf([0.1, 0.1, 0.4]),
  };
}

const STRATEGIES: readonly StrategyName[] = [
  'canary',
  'canary',
  'canary',
  'rolling',
  'rolling',
  'blue-green',
  'ab',
  'immutable',
  'shadow',
  'steps',
];

function strategyOf(chance: Chance): StrategySpec {
  const rare = <Value>(value: Value, otherwise: Value): Value => (chance.happens(0.15) ? value : otherwise);
  const action = (usual: VerdictAction): VerdictAction =>
    rare(chance.oneOf<VerdictAction>(['hold', 'promote', 'rollback']), usual);
  const strategy = strategyAtHand(chance.oneOf(STRATEGIES), {
    checks: rare([], ['smoke']),
    afterChecks: rare(['after'], []),
    keepOldMs: chance.oneOf([0, 20_000]),
    sticky: rare({ by: 'cookie', name: 'visitor' } as const, null),
    analysis: {
      fail: rare('hold', 'rollback'),
      inconclusive: rare('hold', 'promote'),
      noData: action('hold'),
      providerError: action('hold'),
      atLimit: chance.oneOf(['ask-human', 'ask-human', 'rollback', 'promote']),
      criteria: rare([ERRORS_BELOW_TENTH], []),
      warmUpMs: rare(3000, 0),
    },
  });
  return varied(chance, strategy);
}

function varied(chance: Chance, strategy: StrategySpec): StrategySpec {
  switch (strategy.kind) {
    case 'canary':
      return {
        ...strategy,
        early: chance.happens(0.3),
        phases: strategy.phases.slice(chance.whole(0, 1), chance.whole(2, 3)),
      };
    case 'rolling':
      return {
        ...strategy,
        maxSurge: chance.oneOf([{ instances: 0 }, { instances: 1 }, { basisPoints: 5000 }]),
        maxUnavailable: chance.oneOf([{ instances: 0 }, { instances: 1 }, { basisPoints: 3400 }]),
        holdMs: chance.oneOf([0, 6000]),
      };
    case 'shadow':
      return { ...strategy, then: chance.oneOf(['retire', 'switch']) };
    case 'ab':
      return { ...strategy, winner: chance.happens(0.2) ? 'manual' : 'automatic' };
    default:
      return strategy;
  }
}

const ARRIVALS: readonly ArrivalPolicy[] = ['supersede', 'supersede', 'supersede', 'queue', 'refuse'];
const COMMANDS: readonly RolloutCommand[] = [
  'abort',
  'abort',
  'pause',
  'resume',
  'promote',
  'promote-full',
  'skip',
];

function releasesOf(chance: Chance, versions: readonly VersionScript[]): readonly OperatorAct[] {
  let atMs = 0;
  return versions.map(({ version }, index): OperatorAct => {
    if (index > 0) atMs = Math.min(LAST_RELEASE_MS, Math.round(atMs + chance.between(2000, BUSY_MS)));
    const lane = chance.happens(0.15) ? 'hotfix' : 'normal';
    return { kind: 'release', atMs, version, lane, arrival: chance.oneOf(ARRIVALS) };
  });
}

function undosOf(chance: Chance, known: readonly string[], moments: Moments): readonly OperatorAct[] {
  if (!chance.happens(0.25)) return [];
  const atMs = moments() + 5000;
  const lane = chance.oneOf(['undo', 'normal'] as const);
  return [{ kind: 'release', atMs, version: chance.oneOf(known), lane, arrival: 'supersede' }];
}

function commandsOf(chance: Chance, moments: Moments): readonly OperatorAct[] {
  return Array.from(
    { length: chance.oneOf([0, 0, 0, 1, 1, 2, 3]) },
    (): OperatorAct => ({
      kind: 'command',
      atMs: moments() + 500,
      command: chance.oneOf(COMMANDS),
    }),
  );
}

const WORK: readonly WorkStep[] = ['observe', 'decide', 'commit', 'perform', 'record'];
const FAULTS: readonly Fault['kind'][] = [
  'replica-crash',
  'replica-crash',
  'replica-stall',
  'replica-stall',
  'split-brain',
  'split-brain',
  'host-down',
  'orders-lost',
  'replies-lost',
  'orders-doubled',
  'orders-late',
  'orders-late',
  'slow-router',
  'slow-router',
  'instance-crash',
  'instances-unready',
  'metrics-down',
  'metrics-down',
  'metrics-late',
  'metrics-vanish',
  'metrics-repeat',
  'metrics-slander',
  'metrics-flatter',
  'no-traffic',
  'results-lost',
  'router-reset',
];

function faultOf(chance: Chance, known: readonly string[], moments: Moments): Fault {
  const kind = chance.oneOf(FAULTS);
  const forMs = chance.oneOf([2000, 8000, 25_000, 50_000]);
  const spell = { atMs: moments(), forMs };
  switch (kind) {
    case 'replica-crash':
    case 'replica-stall':
      return { ...spell, kind, replica: chance.whole(0, 2), before: chance.oneOf(WORK) };
    case 'slow-router':
      return { ...spell, kind, worker: chance.whole(0, 2) };
    case 'instance-crash':
    case 'instances-unready':
      return { ...spell, kind, version: chance.oneOf(known), count: chance.whole(1, 4) };
    default:
      return { ...spell, kind };
  }
}

/** A version breaks down altogether, for longer than a rollback waits before it asks a person. */
function breakdownOf(chance: Chance, known: readonly string[], moments: Moments): Fault {
  const [version, count] = [chance.oneOf(known), chance.oneOf([1, 3, 6])];
  const forMs = chance.oneOf([90_000, 300_000, 800_000]);
  return { kind: 'instances-unready', atMs: moments(), forMs, version, count };
}
