import type { ApiObject, Condition } from '../objects/api-object.ts';
import type { LabelSelector } from '../objects/label-selector.ts';
import type { PodTemplate } from '../objects/pod.ts';
import type { Resource } from '../objects/resource.ts';

/** A Job of batch/v1, as far as it is played. */
export interface Job extends ApiObject {
  readonly spec: {
    readonly parallelism?: number;
    readonly completions?: number;
    readonly backoffLimit?: number;
    readonly activeDeadlineSeconds?: number;
    readonly ttlSecondsAfterFinished?: number;
    readonly suspend?: boolean;
    readonly selector?: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status?: JobStatus;
}

/** How a Job is. */
export interface JobStatus {
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly active?: number;
  readonly ready?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly terminating?: number;
  readonly uncountedTerminatedPods?: object;
  readonly conditions?: readonly Condition[];
}

/** Jobs of batch/v1. */
export const JOBS: Resource<Job> = {
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  kind: 'Job',
  namespaced: true,
};

/** Whether a Job has ended, well or not. */
export function isFinished({ status }: Job): boolean {
  return (
    status?.conditions?.some(
      ({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True',
    ) ?? false
  );
}
