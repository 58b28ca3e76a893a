import { type Condition, timestampOf } from '../controllers/objects/api-object.ts';
import { conditionOf } from '../controllers/objects/conditions.ts';
import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodStatus,
} from '../controllers/objects/pod.ts';
import type { Behaviour } from './behaviour.ts';
import type { ContainerEnd, PodLife } from './pod-life.ts';

/** Where a played pod is reached. */
export interface PodAddress {
  readonly podIP: string;
  readonly hostIP: string;
}

/** The status that a kubelet would report; conditions keep their time of transition where nothing changed. */
export function podStatus(
  pod: Pod,
  life: PodLife,
  behaviour: Behaviour,
  address: PodAddress,
  now: number,
): PodStatus & { readonly podIPs: readonly object[]; readonly hostIP: string } {
  const statuses = pod.spec.containers.map((container) => containerStatus(pod, container, life, behaviour));
  const initial = (pod.spec.initContainers ?? []).map((container) => completedStatus(pod, container, life));
  return {
    phase: phaseOf(life),
    conditions: conditionsOf(pod, life, now),
    hostIP: address.hostIP,
    podIP: address.podIP,
    podIPs: [{ ip: address.podIP }],
    startTime: pod.status?.startTime ?? timestampOf(now),
    containerStatuses: statuses,
    ...(initial.length === 0 ? {} : { initContainerStatuses: initial }),
  };
}

function phaseOf(life: PodLife): NonNullable<PodStatus['phase']> {
  if (life.stage === 'ended') return life.last?.exitCode === 0 ? 'Succeeded' : 'Failed';
  return life.stage === 'running' || life.stage === 'crash-backing-off' ? 'Running' : 'Pending';
}

function conditionsOf(pod: Pod, life: PodLife, now: number): readonly Condition[] {
  const notReady =
    life.stage === 'ended'
      ? { reason: 'PodCompleted' }
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${namesOf(pod)}]` };
  const ready = { status: life.ready ? 'True' : 'False', ...(life.ready ? {} : notReady) } as const;
  const yes = { status: 'True' } as const;
  const wanted = [
    { type: 'Initialized', ...yes },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
    { type: 'PodScheduled', ...yes },
  ];
  return wanted.map((condition) => {
    const before = conditionOf(pod.status?.conditions, condition.type);
    const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return { ...condition, lastProbeTime: null, lastTransitionTime: since ?? timestampOf(now) };
  });
}

function namesOf({ spec }: Pod): string {
  return spec.containers.map(({ name }) => name).join(' ');
}

function containerStatus(
  pod: Pod,
  { name, image }: Container,
  life: PodLife,
  behaviour: Behaviour,
): ContainerStatus & { readonly imageID: string; readonly containerID?: string } {
  const wasRun = life.stage === 'running' || life.last !== null;
  const containerID = `played://${pod.metadata.uid}/${name}/${life.restarts}`;
  const hasLast = life.last !== null && life.stage !== 'ended';
  return {
    name,
    image,
    imageID: wasRun ? `played/${image}` : '',
    ...(wasRun ? { containerID } : {}),
    ready: life.ready,
    started: life.stage === 'running',
    restartCount: life.restarts,
    state: stateOf(life, behaviour, pod.metadata.name, image),
    lastState: hasLast ? terminated(life.last, containerID) : {},
  };
}

function stateOf(life: PodLife, behaviour: Behaviour, pod: string, image: string): ContainerState {
  switch (life.stage) {
    case 'starting':
      return { waiting: { reason: 'ContainerCreating' } };
    case 'pull-failed':
      return { waiting: { reason: behaviour.pullFailure ?? 'ErrImagePull', message: pullMessage(image) } };
    case 'pull-backing-off':
      return {
        waiting: {
          reason: 'ImagePullBackOff',
          message: `Back-off pulling image "${image}": ${pullMessage(image)}`,
        },
      };
    case 'running':
      return { running: { startedAt: timestampOf(life.since) } };
    case 'crash-backing-off':
      return {
        waiting: {
          reason: 'CrashLoopBackOff',
          message: `back-off restarting failed container of pod ${pod}`,
        },
      };
    case 'ended':
      return life.last === null ? {} : terminated(life.last);
    default:
      return life.stage satisfies never;
  }
}

/** What a registry's refusal looks like in a status. */
export function pullMessage(image: string): string {
  return `failed to pull and unpack image "${image}": not found`;
}

function completedStatus(pod: Pod, { name, image }: Container, life: PodLife): ContainerStatus {
  const done = { exitCode: 0, startedAt: life.since, finishedAt: life.since };
  const containerID = `played://${pod.metadata.uid}/${name}/0`;
  return {
    name,
    image,
    ready: true,
    started: false,
    restartCount: 0,
    state: terminated(done, containerID),
    lastState: {},
  };
}

function terminated({ exitCode, startedAt, finishedAt }: ContainerEnd, containerID?: string): ContainerState {
  return {
    terminated: {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : exitCode === 137 ? 'OOMKilled' : 'Error',
      startedAt: timestampOf(startedAt),
      finishedAt: timestampOf(finishedAt),
      ...(containerID === undefined ? {} : { containerID }),
    },
  };
}
