import type { ApiObject } from '../objects/api-object.ts';
import type { Pod } from '../objects/pod.ts';
import { PODS } from '../objects/resource.ts';
import type { EventRecorder } from '../watching/event-recorder.ts';
import type { ObjectAccess, Refused, Written } from '../watching/object-access.ts';

/** With what pods are made and removed, and who tells of it. */
export interface PodTools {
  readonly access: ObjectAccess;
  readonly events: EventRecorder;
  /** Such as `replicaset-controller`. */
  readonly component: string;
}

/**
 * Makes pods in batches that double from one on, and stops after a batch in which one was refused, so that a quota is
 * not hammered.
 * @returns the first refusal, if there was one
 */
export async function makePods(
  { access, events, component }: PodTools,
  owner: ApiObject,
  bodies: readonly object[],
): Promise<Refused | undefined> {
  let begun = 0;
  for (let batch = 1; begun < bodies.length; batch *= 2) {
    const place = { namespace: owner.metadata.namespace };
    const part = bodies.slice(begun, begun + batch);
    const written: readonly Written<Pod>[] = await Promise.all(
      part.map((body) => access.create(PODS, place, body)),
    );
    begun += part.length;
    const refused = written.find((result) => !result.ok);
    if (refused === undefined) continue;
    // A namespace that is ending takes nothing new, which is nobody's fault and not worth telling.
    if (refused.message.includes('because it is being terminated')) return undefined;
    const message = `Error creating: ${refused.message}`;
    events.record({ about: owner, type: 'Warning', reason: 'FailedCreate', message, component });
    return refused;
  }
  return undefined;
}

/** Removes pods; the first refusal comes back. */
export async function removePods({ access }: PodTools, pods: readonly Pod[]): Promise<Refused | undefined> {
  const written = await Promise.all(pods.map((pod) => access.remove(PODS, pod)));
  return written.find((result) => !result.ok);
}
