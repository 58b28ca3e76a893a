import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import { goesThroughServer } from '../kubernetes/permissions/cluster-release.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ReadyInstance } from './check-runner.ts';
import type { HttpAnswer } from './http-answer.ts';
import { unlessAborted } from './unless-aborted.ts';

/** A way to instances over HTTP that is not by their own addresses. */
export interface WayToInstances {
  /** Asks an instance for a path, within so many ms. */
  ask(instance: ReadyInstance, path: string, timeoutMs: number): Promise<HttpAnswer>;
  /** Rejects with `unreachable` when nothing can be heard this way. */
  requireOpen(): Promise<void>;
}

/** Finds the way to the instances of a revision; null: their own addresses. */
export type FindWay = (revision: RevisionRecord) => Promise<WayToInstances | null>;

type Client = Pick<ClusterClient, 'name' | 'runsInside' | 'proxyGet' | 'version'>;

/** A server that lives answers such a question at once, in ms. */
const LIVES_WITHIN_MS = 3_000;

/**
 * Pods are asked through the API server of their cluster, as `pods/proxy`, unless Sluice runs in that cluster itself: from
 * outside their addresses lead nowhere. See docs/decisions/0010.
 */
export const wayToPods =
  (open: (cluster: string) => Promise<Client>): FindWay =>
  async ({ component }) => {
    const { workload } = component;
    if (workload.on !== 'cluster' || !goesThroughServer({ kind: 'http' }, component)) return null;
    const client = await open(workload.cluster);
    if (client.runsInside) return null;
    const { namespace } = kubernetesSettings(component);
    return {
      ask: ({ name, port }, path, timeoutMs) =>
        client.proxyGet({ namespace, pod: nameOf(name), port, path, timeoutMs }),
      requireOpen: () => requireAnswer(client),
    };
  };

async function requireAnswer(client: Client): Promise<void> {
  try {
    await unlessAborted(client.version(), AbortSignal.timeout(LIVES_WITHIN_MS));
  } catch (cause) {
    const message = `the API server of the cluster ${client.name} does not answer, through which pods are asked`;
    throw new SluiceError('unreachable', message, { next: 'retry', cause });
  }
}

/** Whether what pods are asked through does not answer itself, which says nothing of the pods. */
export const isWayBlocked = (thrown: unknown): thrown is SluiceError =>
  // Of a pod that the API server does not reach the server says so: there is an answer and no broken connection.
  thrown instanceof SluiceError && thrown.code === 'unreachable' && thrown.cause !== undefined;

function nameOf(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new SluiceError('unexpected', 'a pod was observed without its name', { next: 'stop' });
}
