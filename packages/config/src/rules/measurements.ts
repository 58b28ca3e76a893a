import type { Fault } from '../diagnostics/diagnostic.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { PlacedComponent } from '../resolve/placed-component.ts';
import {
  type PlacedMeasurement,
  measurementsOf,
  sharedMeasurements,
  writtenMeasurements,
} from '../resolve/placed-measurements.ts';
import { strategyOf } from '../resolve/placed-strategy.ts';
import { countsTraffic } from '../resolve/merged-kubernetes.ts';
import { clusterPlaces } from '../resolve/placed-target.ts';
import type { ExpressionCheck } from './expressions.ts';
import type { EnvironmentRule, FileRule } from './rule.ts';

/** A measurement says when its result is good, in one way, and asks in a way that can be asked. */
export const measurementsAreWhole: FileRule = (input) =>
  writtenMeasurements(input).flatMap((placed) => [
    ...conditionFaults(placed),
    ...rangeFaults(placed),
    ...bodyFaults(placed),
  ]);

const CONDITIONS = ['success', 'failure'] as const;
const BOUNDS = ['min', 'max'] as const;

function conditionFaults({ path, measurement }: PlacedMeasurement): readonly Fault[] {
  const condition = CONDITIONS.find((key) => key in measurement);
  const bound = BOUNDS.find((key) => key in measurement);
  if (condition !== undefined && bound !== undefined)
    return [
      { path: [...path, bound], at: 'key', says: `cannot stand beside "${condition}"; write one of them` },
    ];
  if (condition === undefined && bound === undefined && 'prometheus' in measurement) {
    const says = 'does not say which results are good; give it success, failure, min or max';
    return [{ path, at: 'key', says, lacks: [...CONDITIONS, ...BOUNDS] }];
  }
  const { min, max } = measurement;
  if (min === undefined || max === undefined || min <= max) return [];
  return [{ path: [...path, 'min'], at: 'value', says: `is ${min}, which is more than max, ${max}` }];
}

function rangeFaults({ path, measurement: { prometheus } }: PlacedMeasurement): readonly Fault[] {
  if (typeof prometheus !== 'object' || prometheus.range === undefined) return [];
  const { from, to = 0 } = prometheus.range;
  if (from === undefined || from > to) return [];
  const place = [...path, 'prometheus', 'range', 'from'];
  return [{ path: place, at: 'value', says: 'is not longer ago than "to"' }];
}

function bodyFaults({ path, measurement: { web } }: PlacedMeasurement): readonly Fault[] {
  if (typeof web !== 'object' || !('body' in web)) return [];
  if ('method' in web ? web.method !== 'GET' : false) return [];
  return [{ path: [...path, 'web', 'body'], at: 'key', says: 'goes with method: POST or PUT' }];
}

/** Every condition passes the check of whoever will evaluate it. */
export const conditionsAreGood =
  (check: ExpressionCheck): FileRule =>
  (input) =>
    writtenMeasurements(input).flatMap(({ path, measurement }) =>
      CONDITIONS.flatMap((key): readonly Fault[] => {
        const expression = measurement[key];
        const reason = expression === undefined ? undefined : check(expression);
        return reason === undefined
          ? []
          : [{ path: [...path, key], at: 'value', says: `cannot be evaluated: ${reason}` }];
      }),
    );

/** A query without an address goes to the Prometheus of the component, which must have one. */
export const queriesHaveAddresses: EnvironmentRule = (components, input) =>
  components.filter(hasNoPrometheus).flatMap((component) => {
    const strategy = strategyOf(input, component, DEFAULTS.strategy);
    const measured = [...sharedMeasurements(input), ...(strategy ? measurementsOf(strategy) : [])];
    return measured.filter(asksThatOfTheComponent).map(({ path }): Fault => {
      const says = `asks the Prometheus of component ${component.name}, which has none in ${component.environment}; give it an address, or the component kubernetes.metrics`;
      return { path: [...path, 'prometheus'], at: 'key', says };
    });
  });

const asksThatOfTheComponent = ({ measurement }: PlacedMeasurement): boolean =>
  typeof measurement.prometheus === 'string' ||
  (typeof measurement.prometheus === 'object' && !('address' in measurement.prometheus));

function hasNoPrometheus(component: PlacedComponent): boolean {
  const places = clusterPlaces(component);
  return places.length === 0 || places.some((place) => !countsTraffic(component, place));
}
