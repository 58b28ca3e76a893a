import type { QueueView } from '@sluice/protocol/http/queues.ts';
import type { RolloutView } from '@sluice/protocol/http/views.ts';
import type { LoadReport } from './load-process.ts';

/** How one release of the demonstration went; the shape of `--json`. */
export interface DemoRollout {
  readonly version: string;
  readonly outcome: string;
  readonly durationSeconds: number;
  /** From its start to the moment that decided it. */
  readonly secondsToVerdict: number;
  /** Requests counted by the router; of agents, attempts at tasks. */
  readonly candidateRequests: number;
  readonly candidateFailures: number;
  /** Visitors who got a failure from the candidate, counted by the load generator; 0 for one that was promoted. */
  readonly requestsHarmed: number;
}

/** How the fleet of agents did. */
export interface DemoTasks {
  readonly rollouts: readonly DemoRollout[];
  /** Tasks that came in. */
  readonly tasks: number;
  /** Those that failed for good, and those that are not done. */
  readonly dead: number;
  readonly open: number;
}

/** The whole demonstration; the one JSON object of `--json`. */
export interface DemoOutcome {
  readonly rollouts: readonly DemoRollout[];
  readonly requests: number;
  /** Requests that failed, or got no answer, and were not answered by a candidate that was taken back. */
  readonly failedOutsideCandidate: number;
  readonly agents: DemoTasks;
}

/** Joins what the control plane and the load generator saw of the shop. */
export function shopOutcome(rollouts: readonly RolloutView[], load: LoadReport): Omit<DemoOutcome, 'agents'> {
  const takenBack = new Set(
    rollouts.filter((rollout) => rollout.outcome === 'rolled-back').map(({ candidate }) => candidate),
  );
  const failedOn = (revision: string): number => load.revisions[revision]?.failed ?? 0;
  const harmed = [...takenBack].reduce((sum, revision) => sum + failedOn(revision), 0);
  return {
    rollouts: rollouts.map((rollout) => ({
      ...rolloutOf(rollout),
      requestsHarmed: takenBack.has(rollout.candidate) ? failedOn(rollout.candidate) : 0,
    })),
    requests: load.requests,
    failedOutsideCandidate: load.failed - harmed,
  };
}

/** Joins what the control plane and its queue know of the fleet. */
export function fleetOutcome(
  rollouts: readonly RolloutView[],
  tasks: number,
  { revisions }: QueueView,
): DemoTasks {
  const sum = (of: (revision: QueueView['revisions'][number]) => number): number =>
    revisions.reduce((all, revision) => all + of(revision), 0);
  return {
    rollouts: rollouts.map((rollout) => ({ ...rolloutOf(rollout), requestsHarmed: 0 })),
    tasks,
    dead: sum(({ dead }) => dead),
    open: sum(({ waiting, scheduled, running }) => waiting + scheduled + running),
  };
}

const rolloutOf = (rollout: RolloutView): Omit<DemoRollout, 'requestsHarmed'> => ({
  version: rollout.version,
  outcome: rollout.outcome ?? rollout.phase,
  durationSeconds: seconds(rollout.startedAt, rollout.finishedAt),
  secondsToVerdict: seconds(rollout.startedAt, rollout.verdictAt),
  candidateRequests: rollout.evidence?.candidate.requests ?? 0,
  candidateFailures: rollout.evidence?.candidate.errors ?? 0,
});

/** Whether the good releases went out, the bad ones came back, and nobody else was harmed. */
export function isAsItShouldBe({ rollouts, failedOutsideCandidate, agents }: DemoOutcome): boolean {
  const wentWell = (of: readonly DemoRollout[]): boolean =>
    of.map(({ version, outcome }) => `${version} ${outcome}`).join(', ') ===
    'v1 succeeded, v2 succeeded, v3 rolled-back';
  return wentWell(rollouts) && failedOutsideCandidate === 0 && wentWell(agents.rollouts) && agents.open === 0;
}

const seconds = (from: number | null, to: number | null): number =>
  from === null || to === null ? 0 : Math.round((to - from) / 100) / 10;
