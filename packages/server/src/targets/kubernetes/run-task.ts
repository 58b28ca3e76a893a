import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { objectName, trackLabel } from '@sluice/kubernetes/objects/names.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';

/** How a task ended: well or not, or why that is not known. */
export type TaskEnd =
  | {
      readonly ok: true;
      readonly result: null;
      readonly warnings: readonly string[];
      readonly wentWell: boolean;
    }
  | { readonly ok: false; readonly message: string };

/** Where tasks of a track run. */
export interface TaskPlace {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly track: TrackId;
}

const LOOK_EVERY_MS = 1_000;
/** A Job that ended stays for people to look at, in seconds. */
const KEPT_SECONDS = 600;

/**
 * Runs a Job to its end and tells how it ended. Its name follows from the run, so that a repeat after a restart finds the
 * Job instead of running it twice. One that is called off is removed.
 */
export async function runTask(
  { client, namespace, track }: TaskPlace,
  task: JsonObject,
  { name }: { readonly name: string },
  signal: AbortSignal,
): Promise<TaskEnd> {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const reference = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    namespace,
    name: `${objectName(track)}-${digest}`,
  };
  if ((await client.read(reference)) === undefined) await client.apply(jobOf(reference, task, track));
  for (;;) {
    const end = endOf(await client.read(reference));
    if (end !== null) return end;
    const isOver = await delay(LOOK_EVERY_MS, false, { signal }).catch(() => true);
    if (!isOver) continue;
    await client.remove(reference, { propagation: 'Background' });
    return { ok: false, message: `The job ${reference.name} was called off before it ended.` };
  }
}

const jobOf = (reference: ObjectReference, task: JsonObject, track: TrackId): KubernetesObject => ({
  apiVersion: reference.apiVersion,
  kind: reference.kind,
  metadata: {
    name: reference.name,
    ...(reference.namespace === undefined ? {} : { namespace: reference.namespace }),
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [TRACK]: trackLabel(track) },
    annotations: { [TRACK]: track },
  },
  spec: { ttlSecondsAfterFinished: KEPT_SECONDS, ...task },
});

function endOf(job: KubernetesObject | undefined): TaskEnd | null {
  if (job === undefined) return { ok: false, message: 'The job was removed before it ended.' };
  const conditions = (job.status?.['conditions'] ?? []) as readonly {
    readonly type: string;
    readonly status: string;
  }[];
  const ended = conditions.find(
    ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  return ended ? { ok: true, result: null, warnings: [], wentWell: ended.type === 'Complete' } : null;
}
