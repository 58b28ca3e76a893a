import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { Mirror } from './cluster-client.ts';

/** How long a watch may take to show what the server has said already; later looks show it then. */
const PATIENCE_MS = 3_000;

/** Waits until a mirror shows an object at least as new as it was written, or for a few seconds. */
export async function seenAt(mirror: Mirror, written: KubernetesObject): Promise<void> {
  const { namespace, name, resourceVersion } = written.metadata;
  const isSeen = (): boolean =>
    Number(mirror.get(namespace, name)?.metadata.resourceVersion ?? 0) >= Number(resourceVersion);
  if (isSeen()) return;
  const stopping = new AbortController();
  const late = delay(PATIENCE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
  const { promise: seen, resolve } = Promise.withResolvers<undefined>();
  const stop = mirror.onChange(() => {
    if (isSeen()) resolve(undefined);
  });
  await Promise.race([seen, late]);
  stop();
  stopping.abort();
}
