/**
 * Purpose: sees to it that the end of a task of a workflow is followed, whichever server heard of it.
 *
 * Owns, in memory: when it looks next, and which workflows it leaves alone for a while because following them failed. What is
 * to be followed stands in the store alone: every server does this for all tenants, and passes over what another one is at.
 */
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { workflowsToFollow, type WorkflowToFollow } from '../store/workflows/follow-ends.ts';
import { advanceWorkflow, type TurnOutcome } from './advance-workflow.ts';
import type { WorkflowPorts } from './workflow-ports.ts';

/** What the clock works with. */
export interface WorkflowClockPorts {
  readonly follow: (limit: number) => Promise<readonly WorkflowToFollow[]>;
  readonly advance: (tenant: string, workflow: string) => Promise<TurnOutcome>;
  readonly log: Logger;
}

/** A running clock. */
export interface WorkflowClock {
  /** Something has ended: looks soon, where workflows have been seen lately. */
  nudge(): void;
  /** Workflows are about. */
  woken(): void;
  /** One turn over everything, for tests; it goes on by itself. */
  turn(): Promise<void>;
  stop(): Promise<void>;
}

const EVERY_MS = 250;
/** After a nudge: ends that come together are followed together. */
const SOON_MS = 5;
/** For so long after the last workflow every end is looked at, in ms. */
const AWAKE_MS = 30_000;
const LIMIT = 100;
/** A workflow that could not be followed is left alone for so long, in ms. */
const REST_MS = 5_000;

/** The clock over a database. */
export const workflowClock = (ports: WorkflowPorts): WorkflowClock =>
  workflowClockOver({
    follow: (limit) => workflowsToFollow(ports.db, limit),
    advance: (tenant, workflow) => advanceWorkflow(ports, tenant, workflow),
    log: ports.log,
  });

/** Follows one workflow; one that cannot be followed is left alone for a while. */
function advancing(
  advance: WorkflowClockPorts['advance'],
  failed: (thrown: unknown) => void,
): (one: WorkflowToFollow) => Promise<TurnOutcome> {
  const resting = new Map<string, number>();
  return async ({ tenant, workflow }) => {
    const key = `${tenant} ${workflow}`;
    if ((resting.get(key) ?? 0) > performance.now()) return 'idle';
    resting.delete(key);
    try {
      return await advance(tenant, workflow);
    } catch (thrown) {
      failed(thrown);
      const mayGoOn = thrown instanceof SluiceError && thrown.next === 'retry';
      if (!mayGoOn) resting.set(key, performance.now() + REST_MS);
      return mayGoOn ? 'busy' : 'idle';
    }
  };
}

/** Starts to look. */
export function workflowClockOver({ follow, advance, log }: WorkflowClockPorts): WorkflowClock {
  let isStopped = false;
  let awakeUntil = 0;
  let dueAt = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let present: Promise<unknown> = Promise.resolve();

  const failed = (thrown: unknown): void => {
    const reason = SluiceError.from(thrown, 'following workflows').message;
    log.warn({ reason }, 'a workflow was not followed');
  };
  const advanceOne = advancing(advance, failed);
  /** @returns whether there may be more at once */
  const turn = async (): Promise<boolean> => {
    const found = await follow(LIMIT);
    if (found.length > 0) awakeUntil = performance.now() + AWAKE_MS;
    let hasMore = found.length === LIMIT;
    for (const one of found) {
      const outcome = await advanceOne(one);
      // What another server is at may leave something: that is looked for again.
      hasMore ||= outcome !== 'idle';
    }
    return hasMore;
  };
  const look = (afterMs: number): void => {
    const at = performance.now() + afterMs;
    if (isStopped || at >= dueAt) return;
    dueAt = at;
    clearTimeout(timer);
    timer = setTimeout(() => {
      present = turn()
        .catch((thrown: unknown) => {
          failed(thrown);
          return false;
        })
        .then((hasMore) => {
          dueAt = Number.POSITIVE_INFINITY;
          look(hasMore || isNudged ? SOON_MS : EVERY_MS);
          isNudged = false;
        });
    }, afterMs);
  };
  let isNudged = false;
  look(EVERY_MS);

  return {
    nudge: () => {
      if (performance.now() > awakeUntil) return;
      isNudged = true;
      look(SOON_MS);
    },
    woken: () => {
      awakeUntil = performance.now() + AWAKE_MS;
    },
    turn: async () => {
      while (await turn());
    },
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await present;
    },
  };
}
