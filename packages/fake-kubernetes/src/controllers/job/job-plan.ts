import { type Condition, timestampOf } from '../objects/api-object.ts';
import { type Pod, hasEnded, isActive, isReady } from '../objects/pod.ts';
import type { Job, JobStatus } from './job.ts';

/** What is to be done with a Job now, and what is said of it. */
export interface JobPlan {
  readonly create: number;
  readonly remove: readonly Pod[];
  readonly status: JobStatus;
  /** After how many ms to look again; infinity when only changes matter. */
  readonly againInMs: number;
}

/** How a finished Job came to its end. */
type Outcome =
  | { readonly type: 'Complete' }
  | { readonly type: 'Failed'; readonly reason: string; readonly message: string };

/** Runs as many pods at once as may be, until enough have succeeded or too many have failed. */
export function planJob(job: Job, pods: readonly Pod[], now: number): JobPlan {
  const active = pods.filter(isActive);
  const succeeded = pods.filter(({ status }) => status?.phase === 'Succeeded').length;
  const failed = pods.filter(({ status }) => status?.phase === 'Failed').length;
  const startTime = job.status?.startTime ?? timestampOf(now);
  const outcome = outcomeOf(job, { succeeded, failed, startTime, now }, pods);
  const counts = { active: active.length, ready: active.filter(isReady).length, succeeded, failed };
  if (outcome !== undefined) {
    const status = finished(job, { ...counts, startTime }, outcome, now);
    return { create: 0, remove: active, status, againInMs: Number.POSITIVE_INFINITY };
  }
  if (job.spec.suspend === true) {
    const suspended = { active: 0, ready: 0, succeeded, failed };
    return { create: 0, remove: active, status: stored(suspended, job), againInMs: Number.POSITIVE_INFINITY };
  }
  const { parallelism = 1, completions } = job.spec;
  const wanted = completions === undefined ? parallelism : Math.min(parallelism, completions - succeeded);
  const create = Math.max(0, wanted - active.length);
  return {
    create,
    remove: active.slice(Math.max(0, wanted)),
    status: stored({ ...counts, active: active.length + create, startTime }, job),
    againInMs: msUntilDeadline(job, startTime, now),
  };
}

interface Progress {
  readonly succeeded: number;
  readonly failed: number;
  readonly startTime: string;
  readonly now: number;
}

function outcomeOf(
  job: Job,
  { succeeded, failed, startTime, now }: Progress,
  pods: readonly Pod[],
): Outcome | undefined {
  const { completions, backoffLimit = 6 } = job.spec;
  const isEnough =
    completions === undefined ? succeeded > 0 && pods.every(hasEnded) : succeeded >= completions;
  if (isEnough) return { type: 'Complete' };
  const failures = failed + restartsOf(pods);
  if (failures > backoffLimit)
    return {
      type: 'Failed',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    };
  if (msUntilDeadline(job, startTime, now) <= 0)
    return {
      type: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
    };
  return undefined;
}

/** A pod that is started again in its place has failed as often. */
function restartsOf(pods: readonly Pod[]): number {
  const again = pods.filter((pod) => pod.spec.restartPolicy === 'OnFailure' && isActive(pod));
  return again.reduce(
    (sum, { status }) =>
      sum + (status?.containerStatuses ?? []).reduce((all, { restartCount }) => all + restartCount, 0),
    0,
  );
}

function msUntilDeadline({ spec }: Job, startTime: string, now: number): number {
  if (spec.activeDeadlineSeconds === undefined) return Number.POSITIVE_INFINITY;
  return Date.parse(startTime) + spec.activeDeadlineSeconds * 1000 - now;
}

function finished(job: Job, counts: JobStatus, outcome: Outcome, now: number): JobStatus {
  const time = timestampOf(now);
  const isComplete = outcome.type === 'Complete';
  const reason = isComplete
    ? { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
    : { reason: outcome.reason, message: outcome.message };
  const say = (type: string): Condition => ({
    type,
    status: 'True',
    lastProbeTime: time,
    lastTransitionTime: time,
    ...reason,
  });
  const conditions = [say(isComplete ? 'SuccessCriteriaMet' : 'FailureTarget'), say(outcome.type)];
  const ended = { ...counts, active: 0, ready: 0, conditions };
  return stored(isComplete ? { ...ended, completionTime: time } : ended, job);
}

/** Numbers that are zero are left out except `ready` and `terminating`, as the API stores them. */
function stored(status: JobStatus, job: Job): JobStatus {
  const { active, succeeded, failed, ...rest } = status;
  const counts = Object.entries({ active, succeeded, failed }).filter(([, count]) => (count ?? 0) > 0);
  const conditions = status.conditions ?? job.status?.conditions;
  return {
    ...rest,
    ...Object.fromEntries(counts),
    terminating: 0,
    uncountedTerminatedPods: {},
    ...(conditions === undefined ? {} : { conditions }),
  };
}
