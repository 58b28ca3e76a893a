import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import { goesThroughServer } from '../kubernetes/permissions/cluster-release.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { ReadyInstance } from './check-runner.ts';
import type { HttpAnswer } from './http-answer.ts';

/** Asks an instance for a path, within so many ms. */
export type AskInstance = (instance: ReadyInstance, path: string, timeoutMs: number) => Promise<HttpAnswer>;

/** Says how the instances of a revision are asked over HTTP; null: at their own addresses. */
export type WayToInstances = (revision: RevisionRecord) => Promise<AskInstance | null>;

/**
 * Pods are asked through the API server of their cluster, as `pods/proxy`, unless Sluice runs in that cluster itself: from
 * outside their addresses lead nowhere. See docs/decisions/0010.
 */
export const wayToPods =
  (open: (cluster: string) => Promise<Pick<ClusterClient, 'runsInside' | 'proxyGet'>>): WayToInstances =>
  async ({ component }) => {
    const { workload } = component;
    if (workload.on !== 'cluster' || !goesThroughServer({ kind: 'http' }, component)) return null;
    const client = await open(workload.cluster);
    if (client.runsInside) return null;
    const { namespace } = kubernetesSettings(component);
    return ({ name, port }, path, timeoutMs) =>
      client.proxyGet({ namespace, pod: nameOf(name), port, path, timeoutMs });
  };

function nameOf(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new SluiceError('unexpected', 'a pod was observed without its name', { next: 'stop' });
}
