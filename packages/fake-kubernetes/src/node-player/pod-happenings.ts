import type { Pod } from '../controllers/objects/pod.ts';
import type { Happening } from '../controllers/watching/event-recorder.ts';
import type { Behaviour } from './behaviour.ts';
import type { PodLife } from './pod-life.ts';
import { pullMessage } from './pod-status.ts';

/** What a kubelet would tell as Events when a life enters another stage or loses its readiness. */
export function happeningsOf(
  pod: Pod,
  before: PodLife,
  now: PodLife,
  behaviour: Behaviour,
): readonly Happening[] {
  const about = { about: pod, component: 'kubelet', host: pod.spec.nodeName ?? '', type: 'Warning' } as const;
  const [container] = pod.spec.containers;
  const image = container?.image ?? '';
  if (now.stage === 'pull-failed') {
    return [
      { ...about, reason: 'Failed', message: `Failed to pull image "${image}": ${pullMessage(image)}` },
      { ...about, reason: 'Failed', message: `Error: ${behaviour.pullFailure ?? 'ErrImagePull'}` },
    ];
  }
  if (now.stage === 'pull-backing-off') {
    return [
      { ...about, type: 'Normal', reason: 'BackOff', message: `Back-off pulling image "${image}"` },
      { ...about, reason: 'Failed', message: 'Error: ImagePullBackOff' },
    ];
  }
  if (now.stage === 'crash-backing-off') {
    const where = `${container?.name ?? ''} in pod ${pod.metadata.name}`;
    return [{ ...about, reason: 'BackOff', message: `Back-off restarting failed container ${where}` }];
  }
  const isUnhealthy = now.stage === 'running' && !now.ready && behaviour.readyAfterMs === null;
  if (isUnhealthy && (before.stage !== 'running' || before.ready)) {
    const message = 'Readiness probe failed: HTTP probe failed with statuscode: 503';
    return [{ ...about, reason: 'Unhealthy', message }];
  }
  return [];
}
