import type { Deployment, ReplicaSet } from '../objects/workload.ts';
import { REVISION, REVISION_HISTORY } from '../deployment/annotation-names.ts';

/** One change of a Deployment or of one of its ReplicaSets, reduced to what the rules of rollouts speak of. */
export interface RolloutMoment {
  readonly kind: 'Deployment' | 'ReplicaSet';
  readonly name: string;
  readonly deleted?: true;
  readonly generation: number;
  readonly observed: number;
  readonly revision: number;
  /** Revisions that it had before. */
  readonly history?: string;
  readonly wanted: number;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  readonly paused?: true;
  /** Reason of the condition `Progressing`. */
  readonly progressing?: string;
}

/** Reduces one event of a watch. */
export function rolloutMoment(type: string, object: Deployment | ReplicaSet): RolloutMoment {
  const { metadata, spec } = object;
  const status: NonNullable<Deployment['status']> = object.status ?? {};
  const progressing = status.conditions?.find((condition) => condition.type === 'Progressing')?.reason;
  const history = metadata.annotations?.[REVISION_HISTORY];
  return {
    kind: object.kind as RolloutMoment['kind'],
    name: metadata.name,
    ...(type === 'DELETED' ? { deleted: true } : {}),
    generation: metadata.generation ?? 0,
    observed: status.observedGeneration ?? 0,
    revision: Number(metadata.annotations?.[REVISION] ?? 0),
    ...(history === undefined ? {} : { history }),
    wanted: spec.replicas ?? 1,
    replicas: status.replicas ?? 0,
    updated: status.updatedReplicas ?? 0,
    ready: status.readyReplicas ?? 0,
    available: status.availableReplicas ?? 0,
    ...('paused' in spec && spec.paused === true ? { paused: true } : {}),
    ...(progressing === undefined ? {} : { progressing }),
  };
}
