import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';
import { type LimitsSpec, NO_LIMITS, type Rate } from '@sluice/core/tasks/rate-limits.ts';
import { Chance } from '../clock/chance.ts';
import type {
  LabelWishes,
  SplitScript,
  SubmitScript,
  TaskAct,
  TaskFault,
  TaskScript,
  WorkerScript,
  WorkerWay,
} from './task-script.ts';

/** Most of what is done and goes wrong falls into this time, in ms. */
const BUSY_MS = 30_000;
const MOST_FAULTS = 6;
const MOST_SUBMITS = 14;

/** Writes the script of a seed; the same seed gives the same script. */
export function taskScriptOfSeed(seed: number): TaskScript {
  const chance = new Chance(seed);
  const splits = splitsOf(chance);
  const attemptMs = chance.happens(0.25) ? 6_000 : null;
  const workers = workersOf(chance, splits, attemptMs === null ? WAYS : [...WAYS, 'forgetful', 'forgetful']);
  const moments = momentsIn(chance, splits);
  const servers = chance.oneOf([1, 2, 2, 3]);
  const limits = limitsOf(chance, splits);
  const acts: readonly TaskAct[] = [
    ...splits,
    ...Array.from({ length: chance.whole(3, MOST_SUBMITS) }, () => submitOf(chance, moments)),
    ...(chance.happens(0.3) ? [{ kind: 'cancel', atMs: moments(), count: chance.whole(1, 5) } as const] : []),
    ...(chance.happens(0.3) ? [{ kind: 'retry-dead', atMs: moments() + 3_000, limit: 20 } as const] : []),
  ];
  return {
    ...{ seed, servers, workers, attemptMs },
    skewMs: chance.oneOf([0, 0, 50, 800]),
    unfinished: chance.oneOf(['finish', 'finish', 'retry', 'pin'] as const),
    pinMs: chance.oneOf([500, 3_000, 8_000]),
    limits,
    replay: chance.oneOf([0, 0, 20]),
    mostOpen: chance.oneOf([40, 1_000, 1_000, 1_000]),
    acts: acts.toSorted((a, b) => a.atMs - b.atMs),
    faults: Array.from({ length: chance.whole(0, MOST_FAULTS) }, () =>
      faultOf(chance, { moments, servers, workers: workers.length }),
    ),
  };
}

/** A release or two, each of them a canary that is promoted or taken back, or stays on its way. */
function splitsOf(chance: Chance): readonly SplitScript[] {
  const splits: SplitScript[] = [whole(0, 'v1', 'first')];
  let stable = 'v1';
  let atMs = 0;
  for (let release = 2; release < 2 + chance.oneOf([0, 1, 1, 1, 2]); release++) {
    const candidate = `v${release}`;
    const salt = `ro-${release}`;
    if (chance.happens(0.35)) {
      atMs += Math.round(chance.between(500, 4_000));
      const mirror = { version: candidate, basisPoints: chance.oneOf([2_000, 10_000]) };
      splits.push({ ...whole(atMs, stable, salt), mirror });
    }
    for (const share of chance.oneOf([[500, 2_500], [1_000, 5_000], [5_000], [100]])) {
      atMs += Math.round(chance.between(500, 8_000));
      const weights = [
        { version: candidate, basisPoints: share },
        { version: stable, basisPoints: 10_000 - share },
      ];
      splits.push({ kind: 'split', atMs, salt, weights, mirror: null, takesBack: null });
    }
    atMs += Math.round(chance.between(500, 8_000));
    const end = chance.oneOf(['promoted', 'taken-back', 'taken-back', 'left'] as const);
    if (end === 'promoted') splits.push(whole(atMs, candidate, salt));
    if (end === 'taken-back') splits.push({ ...whole(atMs, stable, salt), takesBack: candidate });
    if (end === 'promoted') stable = candidate;
    if (end === 'left') break;
  }
  return splits;
}

const whole = (atMs: number, version: string, salt: string): SplitScript => ({
  ...{ kind: 'split', atMs, salt },
  weights: [{ version, basisPoints: 10_000 }],
  ...{ mirror: null, takesBack: null },
});

const WAYS: readonly WorkerWay[] = [
  ...(['honest', 'honest', 'honest', 'honest', 'honest', 'honest'] as const),
  ...(['twice', 'thief', 'mixes-attempts', 'deaf'] as const),
];
const FAILURES: readonly FailureClass[] = ['transient', 'crash', 'tool', 'input', 'timeout'];
/** What some tasks ask for. */
const ABILITY = 'gpu';
/** What some workers have, and some tasks wish for or would rather do without. */
const LABELS = ['zone=eu', 'data=orders'] as const;

const versionsOf = ({ weights, mirror }: SplitScript): readonly string[] =>
  [...weights, ...(mirror ? [mirror] : [])].map(({ version }) => version);

/** In half of the stories there are limits: usually the same for all versions, as releases seldom change them. */
function limitsOf(chance: Chance, splits: readonly SplitScript[]): Readonly<Record<string, LimitsSpec>> {
  if (chance.happens(0.5)) return {};
  const usual = someLimits(chance);
  const versions = [...new Set(splits.flatMap(versionsOf))];
  const of = (): LimitsSpec => (chance.happens(0.75) ? usual : chance.oneOf([NO_LIMITS, someLimits(chance)]));
  return Object.fromEntries(versions.map((version) => [version, of()]));
}

function someLimits(chance: Chance): LimitsSpec {
  const rare = <Value>(value: Value): Value | null => (chance.happens(0.35) ? value : null);
  const rate = (): Rate => ({ tasks: chance.oneOf([15, 40]), perMs: 1_000 });
  const eachKey = { running: rare(chance.oneOf([1, 3])), rate: rare(rate()), waiting: rare(5), weight: 1 };
  return {
    queue: {
      running: rare(chance.oneOf([2, 5, 12])),
      rate: rare(rate()),
      waiting: rare(chance.oneOf([6, 30])),
    },
    eachKey,
    keys: chance.happens(0.3) ? { alice: { ...eachKey, running: 4, weight: 3 } } : {},
  };
}

function workersOf(
  chance: Chance,
  splits: readonly SplitScript[],
  ways: readonly WorkerWay[],
): readonly WorkerScript[] {
  const versions = [...new Set(splits.flatMap(versionsOf))];
  return versions.flatMap((version) => {
    const begins = splits.find((split) => versionsOf(split).includes(version));
    const last = splits.at(-1);
    const isLeft = last !== undefined && !versionsOf(last).includes(version);
    const ends = splits.findLast((split) => versionsOf(split).includes(version));
    const endMs = splits.find(({ atMs }) => atMs > (ends?.atMs ?? 0))?.atMs ?? 0;
    const isBad = version !== 'v1' && chance.happens(0.4);
    return Array.from({ length: chance.whole(1, 3) }, (_, n): WorkerScript => {
      const atMs = Math.max(0, Math.round((begins?.atMs ?? 0) + chance.between(-2_000, 2_000)));
      return {
        ...{ name: `${version}-${n}`, version, atMs },
        leavesAtMs: isLeft ? Math.max(atMs, Math.round(endMs + chance.oneOf([0, 500, 5_000]))) : null,
        concurrency: chance.oneOf([1, 2, 5]),
        abilities: [ABILITY, ...LABELS].filter(() => chance.happens(0.5)),
        workMs: chance.oneOf([5, 50, 400, 2_500]),
        failureRate: isBad ? chance.oneOf([0.2, 0.9]) : chance.oneOf([0, 0, 0.05]),
        failsAs: chance.oneOf(FAILURES),
        way: chance.oneOf(ways),
      };
    });
  });
}

type Moments = () => number;

/** In half of the stories everything happens around a change of the split, which is when it is hardest. */
function momentsIn(chance: Chance, splits: readonly SplitScript[]): Moments {
  const anywhere = (): number => Math.round(chance.between(0, BUSY_MS));
  if (chance.happens(0.5)) return anywhere;
  const focus = chance.oneOf(splits).atMs;
  return () =>
    chance.happens(0.8) ? Math.max(0, Math.round(focus + chance.between(-1_500, 2_500))) : anywhere();
}

function submitOf(chance: Chance, moments: Moments): SubmitScript {
  const rare = <Value>(value: Value): Value | null => (chance.happens(0.15) ? value : null);
  return {
    ...{ kind: 'submit', atMs: moments(), count: chance.oneOf([1, 1, 5, 20, 60]) },
    session: chance.happens(0.4) ? chance.oneOf(['talk', 'chat', 'call']) : null,
    fairnessKey: chance.happens(0.5) ? chance.oneOf(['alice', 'bob', 'carol']) : null,
    priority: chance.oneOf([5, 5, 5, 0, 9]),
    abilities: chance.happens(0.2) ? [ABILITY] : [],
    wishes: chance.happens(0.25) ? wishesOf(chance) : { require: [], prefer: [], avoid: [] },
    isApart: chance.happens(0.1),
    delayMs: rare(chance.oneOf([300, 4_000])),
    deadlineMs: rare(chance.oneOf([1_000, 10_000])),
    isNamed: chance.happens(0.7),
  };
}

function wishesOf(chance: Chance): LabelWishes {
  const some = (): readonly string[] => LABELS.filter(() => chance.happens(0.3));
  return { require: some(), prefer: some(), avoid: some() };
}

const FAULTS: readonly TaskFault['kind'][] = [
  ...(['server-dies', 'server-dies', 'server-dies', 'server-stands-still', 'database-down'] as const),
  ...(['answers-lost', 'answers-lost', 'database-slow', 'conflicts', 'bells-lost'] as const),
  ...(['worker-dies', 'worker-dies', 'worker-hangs', 'worker-hangs', 'connection-breaks'] as const),
  ...(['connection-breaks', 'connection-breaks'] as const),
];

function faultOf(
  chance: Chance,
  world: { readonly moments: Moments; readonly servers: number; readonly workers: number },
): TaskFault {
  const kind = chance.oneOf(FAULTS);
  const spell = { atMs: world.moments(), forMs: chance.oneOf([100, 1_000, 2_500, 5_000, 9_000]) };
  switch (kind) {
    case 'server-dies':
      return {
        ...{ ...spell, kind, server: chance.whole(0, world.servers - 1) },
        moment: chance.oneOf(['before', 'after'] as const),
      };
    case 'server-stands-still':
      return { ...spell, kind, server: chance.whole(0, world.servers - 1) };
    case 'worker-dies':
    case 'worker-hangs':
    case 'connection-breaks':
      return { ...spell, kind, worker: chance.whole(0, world.workers - 1) };
    default:
      return { ...spell, kind };
  }
}
