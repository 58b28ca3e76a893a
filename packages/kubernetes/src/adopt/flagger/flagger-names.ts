import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { revisionName } from '../../objects/names.ts';
import type { AdoptionSettings } from '../adoption.ts';
import type { CanarySpec } from './canary-spec.ts';

/**
 * How what Flagger calls by fixed names is called in Sluice. Texts hold `{{candidate-hash}}` and `{{stable-hash}}`, which
 * are put in when a measurement is made.
 */
export interface FlaggerNames {
  /** The Service that callers use; keeps its name. */
  readonly apex: string;
  /** The workload that Flagger scales to zero between releases. */
  readonly target: string;
  /** Workload, Service and beginning of the pod names of each arm. */
  readonly candidate: string;
  readonly stable: string;
}

/** A hash of no revision, to see where in a name it stands. */
const NO_HASH = '0'.repeat(12);

/** Names of a Canary's objects, before and after its adoption. */
export function flaggerNames(spec: CanarySpec, component: string, settings: AdoptionSettings): FlaggerNames {
  const track = trackId(settings.application, settings.environment, component);
  const name = revisionName(track, revisionId(`${component}-${NO_HASH}`));
  const base = name.slice(0, name.length - NO_HASH.length);
  return {
    apex: spec.service?.name ?? spec.targetRef.name,
    target: spec.targetRef.name,
    candidate: `${base}{{candidate-hash}}`,
    stable: `${base}{{stable-hash}}`,
  };
}

/** A text in which the addresses that only Flagger makes are those of the arms' own Services. */
export function withOwnAddresses(text: string, { apex, candidate, stable }: FlaggerNames): string {
  const arms = new RegExp(`(?<![\\w-])${escaped(apex)}-(canary|primary)(?![\\w-])`, 'g');
  return text.replaceAll(arms, (_, arm) => (arm === 'canary' ? candidate : stable));
}

/** A text as a regular expression that means just it. */
export const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
