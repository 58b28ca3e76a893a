import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { type ProbedContainer, probeWords } from './probe-words.ts';

/** A pod, as far as it is read here; everything may be missing in one that was just made. */
interface Pod extends KubernetesObject {
  readonly spec?: { readonly containers?: readonly ProbedContainer[]; readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
};

type ContainerStatus = {
  readonly name: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
};

type ContainerState = {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: { readonly exitCode?: number; readonly reason?: string; readonly message?: string };
};

/** What a pod is to its revision. */
export interface PodState {
  readonly name: string;
  readonly createdAt: Instant;
  /** Serves: ready for long enough, and not on its way out. */
  readonly ready: boolean;
  readonly address: string | null;
  readonly node: string | null;
  /** When the last of its containers was started; null while none runs. */
  readonly startedAt: Instant | null;
  /** A container of it ends again and again. */
  readonly crashing: boolean;
  readonly restarts: number;
  /** It goes, or went, because somebody needed its place or its node. */
  readonly evicted: boolean;
  readonly leaving: boolean;
  /** Why it does not serve, in words; null when it does. */
  readonly reason: string | null;
}

/** Restarts after which a container that waits for its next start counts as one that does not stay up. */
const LOOP_RESTARTS = 2;

/** Reads a pod at a moment; a pod counts as ready `minReadyMs` after it said so. */
export function podState(object: KubernetesObject, minReadyMs: number, now: Instant): PodState {
  const pod = object as Pod;
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const leaving = pod.metadata.deletionTimestamp !== undefined;
  const readySince = readyTime(pod);
  const ready = !leaving && readySince !== null && now - readySince >= minReadyMs;
  const starts = containers.flatMap(({ state }) => timeOf(state?.running?.startedAt) ?? []);
  return {
    name: pod.metadata.name,
    createdAt: timeOf(pod.metadata.creationTimestamp) ?? now,
    ready,
    address: pod.status?.podIP ?? null,
    node: pod.spec?.nodeName ?? null,
    startedAt: starts.length > 0 ? Math.max(...starts) : null,
    crashing: containers.some(isCrashing),
    restarts: containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    evicted: conditionOf(pod, 'DisruptionTarget')?.status === 'True' || pod.status?.reason === 'Evicted',
    leaving,
    reason: ready ? null : reasonOf(pod, containers),
  };
}

const timeOf = (text: string | undefined): Instant | null => (text === undefined ? null : Date.parse(text));

const conditionOf = ({ status }: Pod, type: string): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

function readyTime(pod: Pod): Instant | null {
  const ready = conditionOf(pod, 'Ready');
  return ready?.status === 'True' ? (timeOf(ready.lastTransitionTime) ?? 0) : null;
}

function isCrashing({ state, lastState, restartCount = 0, ready }: ContainerStatus): boolean {
  if (state?.waiting?.reason === 'CrashLoopBackOff') return restartCount >= LOOP_RESTARTS;
  const ended = state?.terminated ?? lastState?.terminated;
  return ended !== undefined && ended.exitCode !== 0 && ready !== true && restartCount > LOOP_RESTARTS;
}

function reasonOf(pod: Pod, containers: readonly ContainerStatus[]): string {
  const { name } = pod.metadata;
  if (pod.metadata.deletionTimestamp !== undefined) return `pod ${name} is being stopped`;
  if (pod.status?.phase === 'Failed')
    return `pod ${name} has failed: ${[pod.status.reason, pod.status.message].filter(Boolean).join(': ')}`;
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False')
    return `pod ${name} cannot be placed (${scheduled.reason ?? 'Unschedulable'}: ${scheduled.message ?? 'no message'})`;
  const troubled = containers.map((container) => containerTrouble(container)).find((found) => found !== null);
  if (troubled) return `pod ${name}: ${troubled}`;
  const probes = unansweredProbes(pod);
  if (probes.length > 0)
    return `pod ${name} is not ready: ${probes.join(', and ')}; its events say what came back (\`kubectl -n ${pod.metadata.namespace} describe pod ${name}\`)`;
  const ready = conditionOf(pod, 'Ready');
  if (ready?.message) return `pod ${name} is not ready: ${ready.message}`;
  return containers.some(({ state }) => state?.running)
    ? `pod ${name} runs and is not ready`
    : `pod ${name} is starting`;
}

/** The probes that containers wait for which run and are not ready. */
function unansweredProbes({ spec, status }: Pod): readonly string[] {
  return (status?.containerStatuses ?? [])
    .filter(({ state, ready }) => state?.running !== undefined && ready === false)
    .flatMap((container) => {
      const declared = spec?.containers?.find(({ name }) => name === container.name);
      return (declared && probeWords(container, declared)) ?? [];
    });
}

/** States of waiting that are part of every start. */
const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

function containerTrouble({ name, state, lastState, restartCount = 0 }: ContainerStatus): string | null {
  const waiting = state?.waiting;
  const ended = state?.terminated ?? lastState?.terminated;
  if (waiting?.reason === 'CrashLoopBackOff' || (ended !== undefined && ended.exitCode !== 0))
    return `container ${name} ended with exit code ${ended?.exitCode ?? 'unknown'}${ended?.reason ? ` (${ended.reason})` : ''}, ${restartCount} restarts${ended?.message ? `: ${ended.message}` : ''}`;
  if (waiting?.reason && !STARTING.has(waiting.reason))
    return `container ${name} waits (${waiting.reason}${waiting.message ? `: ${waiting.message}` : ''})`;
  return null;
}
