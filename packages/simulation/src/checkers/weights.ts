import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { Fault } from '../script/script.ts';
import type { HostOrder } from '../world/host-order.ts';
import { weightOf } from '../world/tables.ts';
import { promised } from './broken-promise.ts';
import type { Checker, Ground, Look } from './checker.ts';

const PROMISE = '1 weights and capacity';
const FORWARD: ReadonlySet<string> = new Set(['running', 'held', 'promoting']);
/** Faults after which the world may have changed between the look and the arrival of what was ordered on it. */
const UNSETTLING: ReadonlySet<Fault['kind']> = new Set([
  'replica-stall',
  'host-down',
  'orders-late',
  'orders-doubled',
  'orders-lost',
  'replies-lost',
  'slow-router',
  'split-brain',
  'instance-crash',
  'instances-unready',
  'router-reset',
]);

/** 1. Weights sum to 10,000 basis points; no revision gets a share that its ready capacity cannot carry. */
export function watchWeights(ground: Ground): Checker {
  const isSettled = !ground.script.faults.some(({ kind }) => UNSETTLING.has(kind));
  return {
    decided: (look) => {
      const { events, effects } = look.decision;
      const ordered = events.findLast((event) => event.kind === 'splitOrdered');
      if (ordered) checkSplit(look, ordered.split, true);
      for (const effect of effects)
        if (effect.kind === 'applySplit') checkSplit(look, effect.split, ordered !== undefined);
    },
    ordered: (order, answer) => {
      if (order.kind === 'capacity' && answer === 'done') checkScaling(ground, order);
    },
    tableChanged: (worker) => {
      const split = ground.host.tables[worker]?.split;
      if (!split) return;
      checkSum(split);
      if (isSettled) checkTruth(ground, split);
    },
  };
}

function checkSum({ weights }: Split): void {
  const sum = weights.reduce((total, { basisPoints }) => total + basisPoints, 0);
  promised(PROMISE, weights.length === 0 || sum === 10_000, () => `a worker has weights of ${sum} in all`);
  const names = new Set(weights.map(({ revision }) => revision));
  promised(PROMISE, names.size === weights.length, () => 'a worker has a revision twice');
}

/** What is ordered is carried by what is seen to be ready when it is ordered. */
function checkSplit({ track, observation: { target, router } }: Look, split: Split, isNew: boolean): void {
  if (target.kind !== 'observed' || router.kind !== 'observed' || !track.active) return;
  const { active } = track;
  const ready = (revision: string): number => target.revisions[revision]?.ready ?? 0;
  for (const { revision, basisPoints } of split.weights) {
    if (basisPoints <= weightOf(router.inForce, revision)) continue;
    if (isCarried(track, revision, basisPoints, ready(revision))) continue;
    const isExcused =
      (revision !== active.candidate || revision === active.stable) &&
      isForced(track, isNew, router.inForce, ready);
    promised(
      PROMISE,
      isExcused,
      () => `${revision} is given ${basisPoints} basis points with ${ready(revision)} ready instances`,
    );
  }
}

/** Whether a side other than the candidate has to be given more than it carries. */
function isForced(
  { active, stable, revisions }: TrackState,
  isNew: boolean,
  inForce: Split | null,
  ready: (revision: string) => number,
): boolean {
  // A router that lost its tables gets back what it had; a hot-fix replaces stable in whatever state it is.
  if (inForce === null || active === null || stable === null || active.lane !== 'normal') return true;
  if (active.phase.name !== 'rolling-back') return false;
  if (ready(active.candidate) === 0) return true;
  // A share that was taken back is not given again: what was ordered before is ordered until routers have it.
  if (!isNew) return ready(stable) > 0;
  // In a rollback it may happen only because the candidate cannot carry the rest either.
  const full = Math.max(1, revisions[stable]?.fullInstances ?? 1);
  const left = 10_000 - Math.min(10_000, (ready(stable) * 10_000) / full);
  const candidateFull = revisions[active.candidate]?.fullInstances ?? 1;
  const isCandidateShort = ready(active.candidate) * 10_000 < (left - 1) * candidateFull;
  return ready(stable) > 0 && isCandidateShort;
}

/** An order never leaves a revision with fewer instances than what some worker still gives it needs. */
function checkScaling({ host, store }: Ground, order: Extract<HostOrder, { kind: 'capacity' }>): void {
  for (const table of host.tables) {
    const share = weightOf(table?.split ?? null, order.revision);
    promised(
      PROMISE,
      isCarried(store.track, order.revision, share, order.instances),
      () =>
        `${order.revision} is cut to ${order.instances} instances and has ${share} basis points in a worker`,
    );
  }
}

/** With nothing to disturb it, what is in force is carried by what is ready in truth. */
function checkTruth({ host, store, now }: Ground, split: Split): void {
  const { track } = store;
  if (!isForward(track)) return;
  for (const { revision, basisPoints } of split.weights) {
    if (track.active?.lane !== 'normal' && revision !== track.active?.candidate) continue;
    const ready = host.revisions.get(revision)?.ready(now()) ?? 0;
    promised(
      PROMISE,
      isCarried(track, revision, basisPoints, ready),
      () => `${revision} has ${basisPoints} basis points in force and ${ready} ready instances`,
    );
  }
}

const isForward = ({ active }: TrackState): boolean => active !== null && FORWARD.has(active.phase.name);

/** One basis point is what rounding may cost. */
function isCarried({ revisions }: TrackState, revision: string, basisPoints: number, ready: number): boolean {
  const full = revisions[revision]?.fullInstances ?? 1;
  return basisPoints === 0 || (ready >= 1 && ready * 10_000 >= (basisPoints - 1) * full);
}
