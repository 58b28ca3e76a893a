import type { Checker, Ground } from './checker.ts';
import { watchEnds } from './ends.ts';
import { watchFencing } from './fencing.ts';
import { watchGates } from './gates.ts';
import { watchLedger } from './ledger.ts';
import { watchMissingEvidence } from './missing-evidence.ts';
import { watchOrphans } from './orphans.ts';
import { watchProduction } from './production.ts';
import { watchRetirement } from './retirement.ts';
import { watchRollbackShare } from './rollback-share.ts';
import { watchStable } from './stable.ts';
import { watchWeights } from './weights.ts';

/** All checkers as one. */
export type Watch = Required<Checker>;

/** Sets up every checker over one world, in the order of the architecture's invariants. */
export function watchWorld(ground: Ground): Watch {
  const checkers: readonly Checker[] = [
    watchWeights(ground),
    watchRetirement(ground),
    watchStable(ground),
    watchRollbackShare(ground),
    watchFencing(ground),
    watchMissingEvidence(),
    watchOrphans(ground),
    watchLedger(ground),
    watchProduction(ground),
    watchEnds(ground),
    watchGates(),
  ];
  return {
    decided: (look) => checkers.forEach((checker) => checker.decided?.(look)),
    committed: (change) => checkers.forEach((checker) => checker.committed?.(change)),
    checksStarted: (run, track) => checkers.forEach((checker) => checker.checksStarted?.(run, track)),
    ordered: (order, answer) => checkers.forEach((checker) => checker.ordered?.(order, answer)),
    tableChanged: (worker) => checkers.forEach((checker) => checker.tableChanged?.(worker)),
    revisionGone: (revision) => checkers.forEach((checker) => checker.revisionGone?.(revision)),
    ended: () => checkers.forEach((checker) => checker.ended?.()),
  };
}
