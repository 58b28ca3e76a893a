import {
  type JsonMap,
  ensureMap,
  isMap,
  jsonAt,
  listAt,
  mapAt,
  sameJson,
  textAt,
} from '../json/json-tree.ts';
import { fitsLabels, labelSelectorOf } from '../select/label-selector.ts';
import type { KindRules } from '../server/kind-rules.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import { labelFaults } from '../validation/validate-labels.ts';
import { deploymentStrategyFaults, notNegative } from './deployment-validation.ts';
import { fill, podSpecDefaults } from './pod-defaults.ts';
import { podSpecFaults } from './pod-validation.ts';

/** Deployments, replica sets, stateful sets and daemon sets. */
export const workloadRules: Readonly<Record<string, KindRules>> = {
  'apps/Deployment': {
    generation: 'spec-and-annotations',
    defaults: (object) => {
      const spec = ensureMap(object, 'spec');
      templateDefaults(spec);
      fill(spec, 'replicas', 1);
      const strategy = ensureMap(spec, 'strategy');
      fill(strategy, 'type', 'RollingUpdate');
      if (strategy['type'] === 'RollingUpdate') {
        const rolling = ensureMap(strategy, 'rollingUpdate');
        fill(rolling, 'maxUnavailable', '25%');
        fill(rolling, 'maxSurge', '25%');
      }
      fill(spec, 'revisionHistoryLimit', 10);
      fill(spec, 'progressDeadlineSeconds', 600);
    },
    validate: (object, live) => [
      ...notNegative(object, 'replicas'),
      ...templateFaults(object),
      ...deploymentStrategyFaults(mapAt(object, 'spec')),
      ...selectorFaults(object, live),
    ],
  },
  'apps/ReplicaSet': {
    generation: 'spec',
    defaults: (object) => {
      const spec = ensureMap(object, 'spec');
      templateDefaults(spec);
      fill(spec, 'replicas', 1);
    },
    validate: (object, live) => [
      ...notNegative(object, 'replicas'),
      ...templateFaults(object),
      ...selectorFaults(object, live),
    ],
  },
  'apps/StatefulSet': {
    generation: 'spec',
    defaults: (object) => {
      const spec = ensureMap(object, 'spec');
      templateDefaults(spec);
      fill(spec, 'replicas', 1);
      fill(spec, 'podManagementPolicy', 'OrderedReady');
      const strategy = ensureMap(spec, 'updateStrategy');
      fill(strategy, 'type', 'RollingUpdate');
      if (strategy['type'] === 'RollingUpdate') fill(ensureMap(strategy, 'rollingUpdate'), 'partition', 0);
      fill(spec, 'revisionHistoryLimit', 10);
      const retention = ensureMap(spec, 'persistentVolumeClaimRetentionPolicy');
      fill(retention, 'whenDeleted', 'Retain');
      fill(retention, 'whenScaled', 'Retain');
      for (const claim of listAt(spec, 'volumeClaimTemplates')) if (isMap(claim)) claimDefaults(claim);
    },
    validate: (object, live) => [
      ...notNegative(object, 'replicas'),
      ...templateFaults(object),
      ...(live === undefined ? [] : statefulChangeFaults(mapAt(object, 'spec'), mapAt(live, 'spec'))),
    ],
  },
  'apps/DaemonSet': {
    generation: 'spec',
    defaults: (object) => {
      const spec = ensureMap(object, 'spec');
      templateDefaults(spec);
      const strategy = ensureMap(spec, 'updateStrategy');
      fill(strategy, 'type', 'RollingUpdate');
      if (strategy['type'] === 'RollingUpdate') {
        const rolling = ensureMap(strategy, 'rollingUpdate');
        fill(rolling, 'maxUnavailable', 1);
        fill(rolling, 'maxSurge', 0);
      }
      fill(spec, 'revisionHistoryLimit', 10);
      const annotations = ensureMap(ensureMap(object, 'metadata'), 'annotations');
      fill(annotations, templateGeneration, '1');
    },
    prepareChange: (object, live) => {
      const before = Number(textAt(live, 'metadata', 'annotations', templateGeneration) || '1');
      const changed = !sameJson(jsonAt(object, 'spec', 'template'), jsonAt(live, 'spec', 'template'));
      const annotations = ensureMap(mapAt(object, 'metadata'), 'annotations');
      annotations[templateGeneration] = String(changed ? before + 1 : before);
    },
    validate: (object, live) => [...templateFaults(object), ...selectorFaults(object, live)],
  },
  'apps/ControllerRevision': {},
};

const templateGeneration = 'deprecated.daemonset.template.generation';

function templateDefaults(spec: JsonMap): void {
  podSpecDefaults(ensureMap(ensureMap(spec, 'template'), 'spec'));
}

function claimDefaults(claim: JsonMap): void {
  fill(claim, 'apiVersion', 'v1');
  fill(claim, 'kind', 'PersistentVolumeClaim');
  fill(ensureMap(claim, 'spec'), 'volumeMode', 'Filesystem');
  fill(ensureMap(claim, 'status'), 'phase', 'Pending');
}

function templateFaults(object: JsonMap): FieldFault[] {
  const selector = jsonAt(object, 'spec', 'selector');
  const template = mapAt(object, 'spec', 'template');
  const labels = jsonAt(template, 'metadata', 'labels');
  const wanted = labelSelectorOf(selector);
  const missing = wanted === undefined ? [fault.required('spec.selector')] : [];
  const empty =
    wanted?.length === 0
      ? [fault.invalid('spec.selector', selector, 'empty selector is invalid for deployment')]
      : [];
  const apart =
    wanted === undefined || !fitsLabels(wanted, labels)
      ? [
          fault.invalid(
            'spec.template.metadata.labels',
            labels,
            '`selector` does not match template `labels`',
          ),
        ]
      : [];
  return [
    ...missing,
    ...empty,
    ...apart,
    ...restartFaults(template),
    ...labelFaults(mapAt(template, 'metadata', 'labels'), 'spec.template.labels'),
    ...podSpecFaults(mapAt(template, 'spec'), 'spec.template.spec'),
  ];
}

function restartFaults(template: JsonMap): FieldFault[] {
  const policy = textAt(template, 'spec', 'restartPolicy');
  return policy === 'Always' || !['OnFailure', 'Never'].includes(policy)
    ? []
    : [fault.unsupported('spec.template.spec.restartPolicy', policy, ['Always'])];
}

function selectorFaults(object: JsonMap, live: JsonMap | undefined): FieldFault[] {
  const selector = jsonAt(object, 'spec', 'selector');
  if (live === undefined || sameJson(selector, jsonAt(live, 'spec', 'selector'))) return [];
  return [fault.invalid('spec.selector', selector, 'field is immutable')];
}

const statefulChangeable = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]);

function statefulChangeFaults(spec: JsonMap, before: JsonMap): FieldFault[] {
  const keys = new Set([...Object.keys(spec), ...Object.keys(before)]);
  const changed = [...keys].some((key) => !statefulChangeable.has(key) && !sameJson(spec[key], before[key]));
  if (!changed) return [];
  const told = [...statefulChangeable]
    .sort()
    .map((key) => `'${key}'`)
    .join(', ');
  return [fault.forbidden('spec', `updates to statefulset spec for fields other than ${told} are forbidden`)];
}
