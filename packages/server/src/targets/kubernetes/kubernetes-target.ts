/**
 * Purpose: runs revisions as Deployments of a cluster; what cannot run twice is changed in place (`in-place/`).
 *
 * Looks are answered from mirrors, so that a track that rests costs the API server nothing; orders read and write the
 * server itself. 1. Nothing that lacks the marks of Sluice is changed or removed. 2. An order is fenced by the Deployment
 * that it is about (`apply-revision.ts`). 3. An order is given when the mirror shows it, so that the next look does.
 */
import { revisionId, trackIdFrom, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { REVISION, TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { revisionLabel, revisionName, trackLabel } from '@sluice/kubernetes/objects/names.ts';
import { freshMirror } from '../../kubernetes/fresh-mirror.ts';
import type { Mirror } from '../../kubernetes/cluster-client.ts';
import type { Target, TargetRevision } from '../target.ts';
import { applyRevision, type ApplyPorts } from './apply-revision.ts';
import { companionsSeen, type CompanionsSeen, missingCompanions } from './companions.ts';
import { namespaceMirrors, type NamespaceMirrors } from './cluster-mirrors.ts';
import { inPlaceTarget } from './in-place/in-place-target.ts';
import { logsOf } from './logs-of.ts';
import { podInstances } from './pod-instances.ts';
import { observeRevision, type RevisionFacts } from './observe-revision.ts';
import { retireRevision, type RetirePorts } from './retire-revision.ts';
import { seenAt } from '../../kubernetes/seen-at.ts';

/** What a target in a cluster works with; it is made for one component and its settings. */
export interface KubernetesTargetPorts extends ApplyPorts, RetirePorts {
  readonly component: ComponentSpec;
}

/** Runs the revisions of one component in a namespace of a cluster, beside each other or in one workload. */
export function kubernetesTarget(ports: KubernetesTargetPorts): Target {
  const { settings } = ports;
  const { workload } = settings;
  return workload.kind === 'in-place'
    ? inPlaceTarget({ ...ports, settings: { ...settings, workload } })
    : deploymentTarget(ports);
}

function deploymentTarget(ports: KubernetesTargetPorts): Target {
  const { client, settings } = ports;
  const mirrorsOf = async (): Promise<NamespaceMirrors> => {
    const mirrors = namespaceMirrors(client, settings.namespace);
    await Promise.all(Object.values(mirrors).map((mirror: Mirror) => freshMirror(client, mirror, ports.now)));
    return mirrors;
  };
  return {
    apply: async (request) => {
      const { deployments } = await mirrorsOf();
      await seenAt(deployments, await applyRevision(ports, request));
    },
    observe: async (track) => {
      const mirrors = await mirrorsOf();
      const companions = await companionsSeen(client, settings.namespace, ports.now);
      return observe(ports, { ...mirrors, companions }, track);
    },
    retire: (track, revision, generation) => retireRevision(ports, track, revision, generation),
    inventory: async () => {
      const { deployments } = await mirrorsOf();
      const tracks = deployments.all().flatMap(({ metadata }) => metadata.annotations?.[TRACK] ?? []);
      return [...new Set(tracks)].map(trackIdFrom);
    },
    instances: (track) => podInstances(ports, track),
    logs: (track, revision, lines, instance) => logsOf(ports, { track, revision, instance }, lines),
  };
}

function observe(
  ports: KubernetesTargetPorts,
  mirrors: NamespaceMirrors & { readonly companions: CompanionsSeen },
  track: TrackId,
): Readonly<Record<string, TargetRevision>> {
  const deployments = mirrors.deployments.withLabel(TRACK, trackLabel(track));
  const pods = mirrors.pods.withLabel(TRACK, trackLabel(track));
  const ids = new Set(
    [...deployments, ...pods].flatMap(({ metadata }) => metadata.annotations?.[REVISION] ?? []),
  );
  return Object.fromEntries(
    [...ids].map((id) => {
      const revision = revisionId(id);
      const name = revisionName(track, revision);
      const label = revisionLabel(revision);
      const deployment = deployments.find(({ metadata }) => metadata.name === name);
      const objects = {
        deployment,
        missing: missingCompanions(deployment, mirrors.companions),
        autoscaler: mirrors.autoscalers.get(ports.settings.namespace, name),
        pods: pods.filter(({ metadata }) => metadata.labels?.[REVISION] === label),
      };
      return [id, observeRevision(objects, { ...factsOf(ports), now: ports.now() })];
    }),
  );
}

function factsOf({ component, settings }: KubernetesTargetPorts): Omit<RevisionFacts, 'now'> {
  const maySleep = settings.autoscaling?.pool?.sleeps === true;
  return { port: settings.workload.port, withinMs: component.health.withinMs, maySleep };
}
