import { type Json, type JsonMap, ensureMap, isMap, listAt, mapAt, sameJson } from '../json/json-tree.ts';
import { admitPod } from '../admission/admit-pod.ts';
import { timestamp } from '../server/cluster-state.ts';
import type { KindRules } from '../server/kind-rules.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import { fill, podSpecDefaults, resourceDefaults } from './pod-defaults.ts';
import { podSpecFaults } from './pod-validation.ts';

/** Pods and nodes. */
export const podRules: Readonly<Record<string, KindRules>> = {
  '/Pod': {
    returnsDeleted: true,
    generation: 'spec',
    defaults: (object) => {
      const spec = ensureMap(object, 'spec');
      podSpecDefaults(spec);
      fill(spec, 'enableServiceLinks', true);
      for (const container of listAt(spec, 'containers')) if (isMap(container)) resourceDefaults(container);
    },
    prepareNew: (object, context) => {
      admitPod(object, context);
      const gated = listAt(object, 'spec', 'schedulingGates').length > 0;
      const conditions = gated ? { conditions: [gatedCondition(timestamp(context.state))] } : {};
      object['status'] = { phase: 'Pending', qosClass: qosClass(mapAt(object, 'spec')), ...conditions };
    },
    validate: (object, live) => [
      ...podSpecFaults(mapAt(object, 'spec'), 'spec'),
      ...(live === undefined ? [] : podChangeFaults(object, live)),
    ],
  },
  '/Node': {
    keepsStatus: true,
    defaults: (object) => {
      const spec = ensureMap(object, 'spec');
      if (typeof spec['podCIDR'] === 'string') fill(spec, 'podCIDRs', [spec['podCIDR']]);
      const status = ensureMap(object, 'status');
      if (status['allocatable'] === undefined && status['capacity'] !== undefined)
        status['allocatable'] = status['capacity'];
    },
  },
};

const gatedCondition = (lastTransitionTime: string): JsonMap => ({
  type: 'PodScheduled',
  status: 'False',
  lastProbeTime: null,
  lastTransitionTime,
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
});

/** How a pod is served when there is too little: by what its containers ask for. */
function qosClass(spec: JsonMap): string {
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
  const asked = containers.map(
    (container) =>
      [mapAt(container, 'resources', 'requests'), mapAt(container, 'resources', 'limits')] as const,
  );
  const counted = ['cpu', 'memory'];
  if (
    asked.every(([requests, limits]) =>
      counted.every((one) => requests[one] === undefined && limits[one] === undefined),
    )
  )
    return 'BestEffort';
  const full = asked.every(([requests, limits]) =>
    counted.every((one) => limits[one] !== undefined && (requests[one] ?? limits[one]) === limits[one]),
  );
  return full ? 'Guaranteed' : 'Burstable';
}

const changeRule =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function podChangeFaults(object: JsonMap, live: JsonMap): FieldFault[] {
  const [spec, before] = [fixedPart(mapAt(object, 'spec')), fixedPart(mapAt(live, 'spec'))];
  if (sameJson(spec, before)) return [];
  return [fault.forbidden('spec', changeRule)];
}

/** What of a pod's spec may not change. */
function fixedPart(spec: JsonMap): JsonMap {
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...rest } = spec;
  const unpinned = (container: Json): Json => (isMap(container) ? { ...container, image: '' } : container);
  return {
    ...rest,
    containers: listAt(spec, 'containers').map(unpinned),
    initContainers: listAt(spec, 'initContainers').map(unpinned),
  };
}
