import { requiredInstances } from '../../traffic/capacity.ts';
import type { StickyKey } from '../../traffic/split.ts';
import type { Step, UserMatch } from '../step.ts';

/** A provision step without a port block. */
export const provision = (candidate: number, stable: number): Step => ({
  kind: 'provision',
  candidate,
  stable,
  dedicatedPorts: false,
});

/** The verify step for a list of checks, or nothing when the list is empty. */
export const verify = (checks: readonly string[]): readonly Step[] =>
  checks.length > 0 ? [{ kind: 'verify', checks }] : [];

/** A shift by weight, with optional matches, mirror and stickiness. */
export const shift = (
  shareBasisPoints: number,
  more: { matches?: readonly UserMatch[]; mirrorBasisPoints?: number; sticky?: StickyKey | null } = {},
): Step => ({
  kind: 'shift',
  shareBasisPoints,
  matches: more.matches ?? [],
  mirrorBasisPoints: more.mirrorBasisPoints ?? 0,
  sticky: more.sticky ?? null,
});

/** The retire step that ends every plan which promotes. */
export const retire = (delayMs: number): Step => ({ kind: 'retire', delayMs });

/** Instances of the candidate for a share; at least one. */
export const instancesFor = (shareBasisPoints: number, instances: number): number =>
  Math.max(1, requiredInstances(shareBasisPoints, instances));
