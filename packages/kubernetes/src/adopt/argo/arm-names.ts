import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { revisionName } from '../../objects/names.ts';
import type { AdoptionSettings } from '../adoption.ts';

/** How one side of a rollout is called; texts hold `{{candidate-hash}}` or `{{stable-hash}}`, put in when it is measured. */
export interface ArmName {
  readonly hash: string;
  /** Name of its Deployment and of its Service. */
  readonly name: string;
}

/** How both sides of a rollout are called. */
export interface ArmNames {
  readonly candidate: ArmName;
  readonly stable: ArmName;
}

/** A hash of no revision, to see where in a name it stands. */
const NO_HASH = '0'.repeat(12);

/** Names of the candidate and of stable of a component. */
export function armNames(component: string, settings: AdoptionSettings): ArmNames {
  const track = trackId(settings.application, settings.environment, component);
  const base = revisionName(track, revisionId(`${component}-${NO_HASH}`)).slice(0, -NO_HASH.length);
  const arm = (hash: string): ArmName => ({ hash, name: `${base}${hash}` });
  return { candidate: arm('{{candidate-hash}}'), stable: arm('{{stable-hash}}') };
}

/** Puts one name in the place of others wherever they stand as whole words of a host name. */
export function readdressing(names: readonly string[], arm: ArmName): (text: string) => string {
  const given = names.filter((name) => name !== '');
  if (given.length === 0) return (text) => text;
  const escaped = given.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const pattern = new RegExp(`(?<![\\w-])(?:${escaped.join('|')})(?![\\w-])`, 'g');
  return (text) => text.replaceAll(pattern, () => arm.name);
}
