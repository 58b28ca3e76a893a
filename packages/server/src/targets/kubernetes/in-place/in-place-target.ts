/**
 * Purpose: runs revisions of a workload that cannot run twice beside itself, by changing it in place.
 *
 * 1. One object holds all orders, so that each is fenced by its resourceVersion. 2. An object that was adopted is never
 * removed, and of its spec only number, update strategy and template are changed. 3. A look carries an order of a
 * DaemonSet on by at most one pod; without an order that stands on the object it moves nothing.
 */
import { trackIdFrom, type TrackId } from '@sluice/core/kernel/ids.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { trackLabel } from '@sluice/kubernetes/objects/names.ts';
import type { Mirror } from '../../../kubernetes/cluster-client.ts';
import { freshMirror } from '../../../kubernetes/fresh-mirror.ts';
import { seenAt } from '../../../kubernetes/seen-at.ts';
import type { Target, TargetRevision } from '../../target.ts';
import { namespaceMirrors, workloadMirror } from '../cluster-mirrors.ts';
import { logsOf } from '../logs-of.ts';
import { podInstances } from '../pod-instances.ts';

import { applyInPlace } from './apply-in-place.ts';
import type { InPlaceApplyPorts } from './in-place-patches.ts';
import { movePods } from './move-pods.ts';
import { observeInPlace } from './observe-in-place.ts';
import { type InPlaceRetirePorts, retireInPlace } from './retire-in-place.ts';

/** What a target works with that changes a workload in place; it is made for one component and its settings. */
export type InPlaceTargetPorts = InPlaceApplyPorts &
  InPlaceRetirePorts & { readonly component: { readonly health: { readonly withinMs: number } } };

/** Runs the revisions of one component as templates of one workload, one after another. */
export function inPlaceTarget(ports: InPlaceTargetPorts): Target {
  const { client, settings, now } = ports;
  const mirrorsOf = async (): Promise<{ workloads: Mirror; pods: Mirror }> => {
    const workloads = workloadMirror(client, settings.namespace, settings.workload.workload);
    const { pods } = namespaceMirrors(client, settings.namespace);
    await Promise.all([workloads, pods].map((mirror) => freshMirror(client, mirror, now)));
    return { workloads, pods };
  };
  return {
    apply: async (request) => {
      const { workloads } = await mirrorsOf();
      await seenAt(workloads, await applyInPlace(ports, request));
    },
    observe: async (track) => observe(ports, await mirrorsOf(), track),
    retire: (track, revision, generation) => retireInPlace(ports, track, revision, generation),
    inventory: async () => {
      const { workloads } = await mirrorsOf();
      const tracks = workloads.all().flatMap(({ metadata }) => metadata.annotations?.[TRACK] ?? []);
      return [...new Set(tracks)].map(trackIdFrom);
    },
    instances: (track) => podInstances(ports, track),
    logs: (track, revision, lines, instance) => logsOf(ports, { track, revision, instance }, lines),
  };
}

async function observe(
  ports: InPlaceTargetPorts,
  mirrors: { readonly workloads: Mirror; readonly pods: Mirror },
  track: TrackId,
): Promise<Readonly<Record<string, TargetRevision>>> {
  const { settings, component, now } = ports;
  const found = mirrors.workloads.get(settings.namespace, settings.workload.name);
  const workload = found?.metadata.annotations?.[TRACK] === track ? found : undefined;
  const pods = mirrors.pods.withLabel(TRACK, trackLabel(track));
  if (workload !== undefined) await movePods(ports, { workload, pods });
  return observeInPlace(workload, pods, {
    port: settings.workload.port,
    withinMs: component.health.withinMs,
    now: now(),
  });
}
