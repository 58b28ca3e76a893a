import { type JsonMap, ensureMap, isMap, listAt, mapAt, numberAt, textAt } from '../json/json-tree.ts';
import type { KindRules } from '../server/kind-rules.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import { fill } from './pod-defaults.ts';

/** How far the measured value may be off the target before anything is scaled on processors, in percent. */
const defaultUtilization = 80;

/** Horizontal pod autoscalers. */
export const autoscalingRules: Readonly<Record<string, KindRules>> = {
  'autoscaling/HorizontalPodAutoscaler': {
    defaults: (object) => {
      const spec = ensureMap(object, 'spec');
      fill(spec, 'minReplicas', 1);
      const resource = {
        name: 'cpu',
        target: { type: 'Utilization', averageUtilization: defaultUtilization },
      };
      fill(spec, 'metrics', [{ type: 'Resource', resource }]);
      if (isMap(spec['behavior'])) behaviorDefaults(spec['behavior']);
    },
    prepareNew: (object) => {
      object['status'] = { desiredReplicas: 0, currentMetrics: null };
    },
    validate: autoscalerFaults,
  },
};

function behaviorDefaults(behavior: JsonMap): void {
  const up = ensureMap(behavior, 'scaleUp');
  fill(up, 'stabilizationWindowSeconds', 0);
  fill(up, 'selectPolicy', 'Max');
  fill(up, 'policies', [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ]);
  const down = ensureMap(behavior, 'scaleDown');
  fill(down, 'selectPolicy', 'Max');
  fill(down, 'policies', [{ type: 'Percent', value: 100, periodSeconds: 15 }]);
}

function autoscalerFaults(object: JsonMap): FieldFault[] {
  const spec = mapAt(object, 'spec');
  const [least, most] = [numberAt(spec, 'minReplicas') ?? 1, numberAt(spec, 'maxReplicas') ?? 0];
  const faults: FieldFault[] = [];
  if (least < 1) faults.push(...tooFewCopies(spec, least));
  if (most < 1) faults.push(fault.invalid('spec.maxReplicas', most, 'must be greater than 0'));
  else if (most < least)
    faults.push(fault.invalid('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`'));
  for (const key of ['kind', 'name']) {
    if (textAt(spec, 'scaleTargetRef', key) === '') faults.push(fault.required(`spec.scaleTargetRef.${key}`));
  }
  if (textAt(spec, 'scaleTargetRef', 'apiVersion') === '') {
    faults.push(fault.invalid('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group'));
  }
  return faults;
}

/** Scaling to zero needs a metric that does not come from the pods themselves, and a feature that is off by default. */
function tooFewCopies(spec: JsonMap, least: number): FieldFault[] {
  const outside = listAt(spec, 'metrics').some((metric) =>
    ['External', 'Object'].includes(textAt(metric, 'type')),
  );
  const few = fault.invalid('spec.minReplicas', least, 'must be greater than or equal to 1');
  const why = 'must specify at least one Object or External metric to support scaling to zero replicas';
  return outside ? [few] : [few, fault.forbidden('spec.metrics', why)];
}
