import type { SourcePath } from '../document/source-value.ts';
import type { ApplicationInput } from '../language/application-language.ts';
import type { MeasurementInput, MeasurementsInput } from '../language/measurement-language.ts';
import type { Loose } from '../reading/loose.ts';
import { type PlacedStrategy, writtenStrategies } from './placed-strategy.ts';
import { baseOf, bodyOf, stepsOf } from './strategy-body.ts';

/** A measurement and the place where it stands. */
export interface PlacedMeasurement {
  readonly path: SourcePath;
  readonly measurement: Loose<MeasurementInput>;
}

/** The measurements that a file demands of all strategies. */
export const sharedMeasurements = (input: Loose<ApplicationInput>): readonly PlacedMeasurement[] =>
  placedIn(input.analysis?.measurements, ['analysis', 'measurements']);

/** Every measurement of a file. */
export const writtenMeasurements = (input: Loose<ApplicationInput>): readonly PlacedMeasurement[] => [
  ...sharedMeasurements(input),
  ...writtenStrategies(input).flatMap(measurementsOf),
];

/** The measurements of one strategy: beside its steps, and in its phases and steps. */
export function measurementsOf(strategy: PlacedStrategy): readonly PlacedMeasurement[] {
  const { base, path } = baseOf(strategy);
  const phases = (bodyOf(strategy, 'canary').phases ?? []).flatMap((phase, index) =>
    placedIn(phase?.measurements, [...path, 'phases', index, 'measurements']),
  );
  const plan = stepsOf(strategy);
  const steps = plan.steps.flatMap((step, index) => {
    if (typeof step !== 'object') return [];
    return (['judge', 'settle'] as const).flatMap((key) => {
      const part = step[key];
      if (typeof part !== 'object') return [];
      return placedIn(part.measurements, [...plan.path, index, key, 'measurements']);
    });
  });
  return [...placedIn(base.measurements, [...path, 'measurements']), ...phases, ...steps];
}

const placedIn = (
  written: Loose<MeasurementsInput> | undefined,
  path: SourcePath,
): readonly PlacedMeasurement[] =>
  Object.entries(written ?? {}).flatMap(([name, measurement]) =>
    measurement === undefined ? [] : [{ path: [...path, name], measurement }],
  );
