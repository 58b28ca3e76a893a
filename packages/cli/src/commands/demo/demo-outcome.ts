import type { RolloutView } from '@sluice/protocol/http/views.ts';
import type { LoadReport } from './load-process.ts';

/** How one release of the demonstration went; the shape of `--json`. */
export interface DemoRollout {
  readonly version: string;
  readonly outcome: string;
  readonly durationSeconds: number;
  /** From its start to the moment that decided it. */
  readonly secondsToVerdict: number;
  /** Counted by the router. */
  readonly candidateRequests: number;
  readonly candidateFailures: number;
  /** Visitors who got a failure from the candidate, counted by the load generator; 0 for one that was promoted. */
  readonly requestsHarmed: number;
}

/** The whole demonstration; the one JSON object of `--json`. */
export interface DemoOutcome {
  readonly rollouts: readonly DemoRollout[];
  readonly requests: number;
  /** Requests that failed, or got no answer, and were not answered by a candidate that was taken back. */
  readonly failedOutsideCandidate: number;
}

/** Joins what the control plane and the load generator saw. */
export function demoOutcome(rollouts: readonly RolloutView[], load: LoadReport): DemoOutcome {
  const takenBack = new Set(
    rollouts.filter((rollout) => rollout.outcome === 'rolled-back').map(({ candidate }) => candidate),
  );
  const failedOn = (revision: string): number => load.revisions[revision]?.failed ?? 0;
  const harmed = [...takenBack].reduce((sum, revision) => sum + failedOn(revision), 0);
  return {
    rollouts: rollouts.map((rollout) => ({
      version: rollout.version,
      outcome: rollout.outcome ?? rollout.phase,
      durationSeconds: seconds(rollout.startedAt, rollout.finishedAt),
      secondsToVerdict: seconds(rollout.startedAt, rollout.verdictAt),
      candidateRequests: rollout.evidence?.candidate.requests ?? 0,
      candidateFailures: rollout.evidence?.candidate.errors ?? 0,
      requestsHarmed: takenBack.has(rollout.candidate) ? failedOn(rollout.candidate) : 0,
    })),
    requests: load.requests,
    failedOutsideCandidate: load.failed - harmed,
  };
}

/** Whether the good release went out, the bad one came back, and nobody else was harmed. */
export function isAsItShouldBe({ rollouts, failedOutsideCandidate }: DemoOutcome): boolean {
  const outcomes = rollouts.map(({ version, outcome }) => `${version} ${outcome}`).join(', ');
  return outcomes === 'v1 succeeded, v2 succeeded, v3 rolled-back' && failedOutsideCandidate === 0;
}

const seconds = (from: number | null, to: number | null): number =>
  from === null || to === null ? 0 : Math.round((to - from) / 100) / 10;
