import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { controllerOf, keyOf } from '../controllers/objects/api-object.ts';
import { NODES } from '../controllers/objects/node.ts';
import { type Pod, hasEnded } from '../controllers/objects/pod.ts';
import { PODS } from '../controllers/objects/resource.ts';
import type { Clock } from '../controllers/watching/clock.ts';
import type { Informer } from '../controllers/watching/informer.ts';
import { type ObjectAccess, must } from '../controllers/watching/object-access.ts';

/** What a drain works with. */
export interface DrainTools {
  readonly access: ObjectAccess;
  readonly pods: Informer<Pod>;
  readonly clock: Clock;
}

/** Says whether new pods may come to a node. */
export async function cordon(access: ObjectAccess, node: string, unschedulable: boolean): Promise<void> {
  const body = { spec: { unschedulable: unschedulable ? true : null } };
  must(await access.patch(NODES, { name: node }, body), `cordon ${node}`);
}

/**
 * Cordons a node and evicts its pods, asking again where a budget refuses, until none is left but those of DaemonSets.
 * Fails with `timed-out` when budgets do not permit it within the given time.
 */
export async function drainNode(tools: DrainTools, node: string, timeoutMs: number): Promise<void> {
  const { access, clock, pods } = tools;
  await cordon(access, node, true);
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const left = [...pods.all()].filter((pod) => mustLeave(pod, node));
    if (left.length === 0) return;
    if (clock.now() > deadline) {
      const names = left.map(keyOf).join(', ');
      throw new SluiceError('timed-out', `drain ${node}: ${names} still there`, { next: 'ask-human' });
    }
    await Promise.all(left.map((pod) => evict(access, pod)));
    await changeOrPause(tools);
  }
}

function mustLeave(pod: Pod, node: string): boolean {
  return pod.spec.nodeName === node && !hasEnded(pod) && controllerOf(pod)?.kind !== 'DaemonSet';
}

async function evict(access: ObjectAccess, pod: Pod): Promise<void> {
  if (pod.metadata.deletionTimestamp !== undefined) return;
  const { name, namespace } = pod.metadata;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const written = await access.command(PODS, { namespace, name, subresource: 'eviction' }, body);
  // 429 is a budget that has nothing to give now; it is asked again.
  if (!written.ok && written.status !== 429 && written.status !== 404) must(written, `evict ${keyOf(pod)}`);
}

/** Budgets give again when pods have become ready elsewhere, so a change of any pod is worth another try. */
function changeOrPause({ clock, pods }: DrainTools): Promise<void> {
  return new Promise((resolve) => {
    let first = true;
    const done = (): void => {
      end();
      cancel();
      resolve();
    };
    const cancel = clock.after(RETRY_MS, done);
    const end = pods.onChange(() => {
      if (!first) done();
    });
    first = false;
  });
}

const RETRY_MS = 100;
