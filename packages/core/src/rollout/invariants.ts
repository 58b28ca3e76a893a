/**
 * Purpose: says which promises of the architecture a track breaks, after each decision, in production as in tests.
 *
 * Written apart from the engine: it shares types with it and no function, so that one mistake is not made twice.
 * It sees one state and one look at the world. What needs two states or the stored history, such as a share that
 * grows during a rollback or the chain of the ledger, the simulation checks besides.
 */
import type { Split } from '../traffic/split.ts';
import type { Observation } from './observation.ts';
import type { CapacityOrder, Rollout, TrackState } from './state.ts';

/**
 * The promises that are broken, in words, each with its number in the architecture; empty when all hold.
 * @param track as it is committed: after the events of the decision, with the version of their commit
 */
export function brokenInvariants(track: TrackState, observation: Observation): readonly string[] {
  return [
    ...brokenWeights(track).map((words) => `1: ${words}`),
    ...brokenRetirements(track, observation).map((words) => `2: ${words}`),
    ...brokenStable(track).map((words) => `3: ${words}`),
    ...brokenRetreat(track, observation).map((words) => `4: ${words}`),
    ...brokenFence(track).map((words) => `5: ${words}`),
    ...brokenVerdict(track.active).map((words) => `6: ${words}`),
    ...brokenOwnership(track, observation).map((words) => `7: ${words}`),
  ];
}

const WHOLE = 10_000;

/** Everything that a split can send a request to. */
function reachable({ weights, matches, mirror }: Split): ReadonlySet<string> {
  const weighted = weights.filter(({ basisPoints }) => basisPoints > 0).map(({ revision }) => revision);
  return new Set<string>([
    ...weighted,
    ...matches.map(({ revision }) => revision),
    ...(mirror ? [mirror.revision] : []),
  ]);
}

const weightOf = (split: Split | null, revision: string): number =>
  (split?.weights ?? []).reduce(
    (sum, weight) => sum + (weight.revision === revision ? weight.basisPoints : 0),
    0,
  );

function brokenWeights({ split, capacity, revisions }: TrackState): readonly string[] {
  const broken: string[] = [];
  const sum = split.weights.reduce((total, { basisPoints }) => total + basisPoints, 0);
  if (split.weights.length > 0 && sum !== WHOLE) broken.push(`the weights sum to ${sum} basis points`);
  for (const { revision, basisPoints } of split.weights) {
    if (!Number.isInteger(basisPoints) || basisPoints < 0 || basisPoints > WHOLE)
      broken.push(`${revision} has a weight of ${basisPoints}`);
    const ordered = capacity[revision]?.instances ?? 0;
    const full = revisions[revision]?.fullInstances ?? 1;
    // One basis point is what rounding may cost.
    if (basisPoints > 0 && (ordered < 1 || ordered * WHOLE < (basisPoints - 1) * full))
      broken.push(
        `${revision} has ${basisPoints} basis points and only ${ordered} instances ordered of ${full}`,
      );
  }
  if (new Set(split.weights.map(({ revision }) => revision)).size < split.weights.length)
    broken.push('a revision stands twice in the weights');
  return broken;
}

function brokenRetirements(track: TrackState, { target, router }: Observation): readonly string[] {
  const reached = reachable(track.split);
  const ordered = Object.entries(track.capacity)
    .filter(([revision, order]) => order.retiring && reached.has(revision))
    .map(([revision]) => `${revision} is to be retired while the ordered split reaches it`);
  if (target.kind !== 'observed' || router.kind !== 'observed' || router.inForce === null) return ordered;
  const gone = [...reachable(router.inForce)]
    .filter((revision) => track.capacity[revision]?.retiring && target.revisions[revision] === undefined)
    .map((revision) => `${revision} is retired while the router still reaches it`);
  return [...ordered, ...gone];
}

function brokenStable({ stable, history, capacity, active }: TrackState): readonly string[] {
  const newest = history.at(-1) ?? null;
  if (stable !== newest) return [`stable is ${stable}, and the newest promoted revision is ${newest}`];
  if (stable === null) return [];
  const order = capacity[stable];
  const broken: string[] = [];
  if (!order) broken.push(`nothing is ordered for ${stable}, which is stable`);
  if (order?.retiring) broken.push(`${stable} is stable and is to be retired`);
  if (active !== null && active.phase.name !== 'planned' && active.stable !== stable)
    broken.push(`the rollout ${active.id} takes ${active.stable} for stable, which is ${stable}`);
  return broken;
}

function brokenRetreat({ active, split }: TrackState, { router }: Observation): readonly string[] {
  if (active?.phase.name !== 'rolling-back' || active.candidate === active.stable) return [];
  const { candidate } = active;
  const broken: string[] = [];
  if (split.matches.some(({ revision }) => revision === candidate))
    broken.push(`requests are matched to ${candidate}, which is being taken back`);
  if (split.mirror?.revision === candidate)
    broken.push(`requests are mirrored to ${candidate}, which is being taken back`);
  const present = router.kind === 'observed' ? weightOf(router.inForce, candidate) : WHOLE;
  if (weightOf(split, candidate) > present)
    broken.push(`${candidate} is being taken back and its share grows to ${weightOf(split, candidate)}`);
  return broken;
}

/** That the host obeys no generation of the future is not said here: a look may be newer than its state. */
function brokenFence({ splitGeneration, version }: TrackState): readonly string[] {
  return splitGeneration > version
    ? [`the split rests on generation ${splitGeneration}, which is not committed`]
    : [];
}

function brokenVerdict(active: Rollout | null): readonly string[] {
  if (active?.phase.name !== 'rolling-back' && active?.phase.name !== 'stuck') return [];
  const { evidence, phase } = active;
  const { kind } = phase.reason;
  if (kind !== 'judge' && kind !== 'limit') return [];
  if (!evidence || evidence.candidate.requests === 0)
    return [`the verdict (${kind}) was found without one request to the candidate`];
  if (kind === 'judge' && evidence.judge.failedAt === null && evidence.judge.highestLogOdds <= 0)
    return ['the judge is said to have failed the candidate and has no evidence against it'];
  return [];
}

function brokenOwnership(track: TrackState, { target }: Observation): readonly string[] {
  const { capacity, stable, active, retained } = track;
  const owners = new Set<string | null | undefined>([
    stable,
    active?.candidate,
    ...retained.map(({ revision }) => revision),
  ]);
  const orphans = Object.entries(capacity)
    .filter(([revision, order]: [string, CapacityOrder]) => !order.retiring && !owners.has(revision))
    .map(([revision]) => `${revision} is ordered to run and belongs to nobody`);
  const observed = target.kind === 'observed' ? Object.keys(target.revisions) : [];
  const strays = observed
    .filter((revision) => capacity[revision] === undefined)
    .map((revision) => `${revision} runs without an order`);
  const unowned = [...reachable(track.split)]
    .filter((revision) => capacity[revision] === undefined)
    .map((revision) => `${revision} has requests and nothing is ordered for it`);
  return [...orphans, ...strays, ...unowned];
}
