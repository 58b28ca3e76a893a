import { describeStep } from '@sluice/core/rollout/describe-step.ts';
import type { MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import type { Step } from '@sluice/core/rollout/step.ts';
import type { AdoptedComponent, ComponentAdoption } from '../../adopted-component.ts';
import type { AdoptionSettings } from '../../adoption.ts';
import type { KubernetesSettings } from '../../../settings/kubernetes-settings.ts';
import { readManifests } from '../../read-manifests.ts';
import { adoptRollout } from '../adopt-rollout.ts';
import { type RolloutParts, rolloutText } from './rollout-text.ts';

/** What the tests know beside the files. */
export const SETTINGS: AdoptionSettings = {
  application: 'shop',
  environment: 'production',
  cluster: 'eu',
  namespace: 'shop',
  prometheus: 'http://prometheus.monitoring:9090',
};

/** Adopts the one Rollout of a text, which must be sound YAML. */
export function adoptText(text: string, settings: AdoptionSettings = SETTINGS): ComponentAdoption {
  const reading = readManifests(text, 'rollout.yaml');
  if (!reading.ok) throw new TypeError(JSON.stringify(reading.faults));
  const rollout = reading.documents.find(({ object }) => object.kind === 'Rollout');
  if (!rollout) throw new TypeError('there is no Rollout in the text');
  return adoptRollout(rollout, reading.documents, settings);
}

/** Adopts a Rollout that must be understood. */
export function adopted(parts: RolloutParts, settings: AdoptionSettings = SETTINGS): AdoptedComponent {
  const adoption = adoptText(rolloutText(parts), settings);
  if (!adoption.ok) throw new TypeError(JSON.stringify(adoption.faults, null, 2));
  return adoption;
}

/** Faults as `line path: message`; none when it is understood. */
export function faultsOf(parts: RolloutParts, settings: AdoptionSettings = SETTINGS): readonly string[] {
  const adoption = adoptText(rolloutText(parts), settings);
  return adoption.ok ? [] : adoption.faults.map(({ path, message }) => `${path}: ${message}`);
}

/** Steps of the strategy, which must be a list of them. */
export function stepsOf({ component }: AdoptedComponent): readonly Step[] {
  const { strategy } = component;
  if (strategy.kind !== 'steps') throw new TypeError(`it is a ${strategy.kind}`);
  return strategy.steps;
}

/** Steps in words. */
export const wordsOf = (component: AdoptedComponent): readonly string[] =>
  stepsOf(component).map(describeStep);

/** Everything that is measured, beside the steps first. */
export const measurementsOf = (component: AdoptedComponent): readonly MeasurementSpec[] => [
  ...component.component.strategy.analysis.measurements,
  ...stepsOf(component).flatMap((step) => ('measurements' in step ? step.measurements : [])),
];

/** The settings of the component. */
export function settingsOf({ component: { workload } }: AdoptedComponent): KubernetesSettings {
  if (workload.on !== 'cluster') throw new TypeError('it runs on no cluster');
  return workload.settings as unknown as KubernetesSettings;
}

/** Differences as `path: message`. */
export const differencesOf = ({ differences }: AdoptedComponent): readonly string[] =>
  differences.map(({ path, message }) => `${path}: ${message}`);
