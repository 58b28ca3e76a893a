import { type Json, type JsonMap, isMap, mapAt, numberAt } from '../json/json-tree.ts';
import { type FieldFault, fault } from '../server/refusal.ts';

const percent =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** A number of the spec that may not be below zero. */
export function notNegative(object: JsonMap, key: string): FieldFault[] {
  const number = numberAt(object, 'spec', key) ?? 0;
  return number < 0 ? [fault.invalid(`spec.${key}`, number, 'must be greater than or equal to 0')] : [];
}

/** What is wrong with how a deployment is to be rolled out. */
export function deploymentStrategyFaults(spec: JsonMap): FieldFault[] {
  return [...strategyFaults(mapAt(spec, 'strategy')), ...deadlineFaults(spec)];
}

function strategyFaults(strategy: JsonMap): FieldFault[] {
  const type = strategy['type'];
  const rolling = strategy['rollingUpdate'];
  if (type === 'Recreate') {
    if (rolling === undefined || rolling === null) return [];
    return [
      fault.forbidden(
        'spec.strategy.rollingUpdate',
        "may not be specified when strategy `type` is 'Recreate'",
      ),
    ];
  }
  if (type !== 'RollingUpdate')
    return [fault.unsupported('spec.strategy', strategy, ['Recreate', 'RollingUpdate'])];
  const path = 'spec.strategy.rollingUpdate';
  const [surge, unavailable] = [mapAt(rolling)['maxSurge'], mapAt(rolling)['maxUnavailable']];
  const faults = [
    ...amountFaults(unavailable, `${path}.maxUnavailable`),
    ...aboveWhole(unavailable, `${path}.maxUnavailable`),
    ...amountFaults(surge, `${path}.maxSurge`),
  ];
  if (faults.length > 0 || !isZero(surge) || !isZero(unavailable)) return faults;
  return [fault.invalid(`${path}.maxUnavailable`, unavailable, 'may not be 0 when `maxSurge` is 0')];
}

/** A number that is not negative, or a percentage. */
export function amountFaults(value: Json | undefined, path: string): FieldFault[] {
  if (typeof value === 'string') return /^[0-9]+%$/.test(value) ? [] : [fault.invalid(path, value, percent)];
  if (typeof value === 'number' && value < 0)
    return [fault.invalid(path, value, 'must be greater than or equal to 0')];
  return [];
}

function aboveWhole(value: Json | undefined, path: string): FieldFault[] {
  const percentage = typeof value === 'string' && /^[0-9]+%$/.test(value) ? Number(value.slice(0, -1)) : 0;
  return percentage > 100 ? [fault.invalid(path, value, 'must not be greater than 100%')] : [];
}

function isZero(value: Json | undefined): boolean {
  return value === 0 || value === '0%';
}

function deadlineFaults(spec: JsonMap): FieldFault[] {
  const deadline = isMap(spec) ? numberAt(spec, 'progressDeadlineSeconds') : undefined;
  if (deadline === undefined || deadline > (numberAt(spec, 'minReadySeconds') ?? 0)) return [];
  return [fault.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')];
}
