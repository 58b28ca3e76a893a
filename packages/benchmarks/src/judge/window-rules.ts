/**
 * What Argo Rollouts and Flagger do with one hard limit, once a minute, as judge.md 1.2, 1.3 and 4.1 describe it.
 * A minute without requests fails in both.
 */
export interface WindowRule {
  /** Takes the candidate's last minute and says whether it is rolled back at the end of it. */
  readonly minute: (isWithin: boolean) => boolean;
  /** Whether no later minute can roll it back. */
  readonly isOver: () => boolean;
}

const ARGO_COUNT = 5;
const ARGO_FAILURE_LIMIT = 2;
const FLAGGER_THRESHOLD = 5;
const FLAGGER_ITERATIONS = 10;

/** Argo Rollouts: five measurements a minute apart, the third failed one aborts. */
export function argoRule(): WindowRule {
  let measured = 0;
  let failed = 0;
  return {
    minute: (isWithin) => {
      if (measured >= ARGO_COUNT) return false;
      measured += 1;
      if (!isWithin) failed += 1;
      const isAborted = failed > ARGO_FAILURE_LIMIT;
      if (isAborted) measured = ARGO_COUNT;
      return isAborted;
    },
    isOver: () => measured >= ARGO_COUNT,
  };
}

/** Flagger: a check a minute, ten passed ones promote, five failed ones roll back at the check after. */
export function flaggerRule(): WindowRule {
  let passed = 0;
  let failed = 0;
  let isOver = false;
  return {
    minute: (isWithin) => {
      if (isOver) return false;
      const isRolledBack = failed >= FLAGGER_THRESHOLD;
      if (isRolledBack) isOver = true;
      else if (!isWithin) failed += 1;
      else if (passed >= FLAGGER_ITERATIONS) isOver = true;
      else passed += 1;
      return isRolledBack;
    },
    isOver: () => isOver,
  };
}
