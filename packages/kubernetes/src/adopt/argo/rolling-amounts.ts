import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { Amount } from '@sluice/core/rollout/strategy-spec.ts';
import { type ArgoAdoption, faultOf } from './argo-adoption.ts';
import type { CanaryStrategy } from './rollout-spec.ts';

/** Argo's default of both. */
const DEFAULT_AMOUNT: Amount = { basisPoints: 2500 };

/** How many pods a canary without a router may have beyond its replicas, and how many fewer. */
export interface RollingAmounts {
  readonly maxSurge: Amount;
  readonly maxUnavailable: Amount;
}

/** `maxSurge` and `maxUnavailable` of a canary, a quarter each unless said; anything that is no amount is a fault. */
export const rollingAmounts = (adoption: ArgoAdoption, canary: CanaryStrategy): RollingAmounts => ({
  maxSurge: amountAt(adoption, canary, 'maxSurge'),
  maxUnavailable: amountAt(adoption, canary, 'maxUnavailable'),
});

/** Pods that an amount is of so many, rounded up as a surge is. */
export const surgeOf = (amount: Amount, replicas: number): number =>
  'instances' in amount ? amount.instances : Math.ceil((amount.basisPoints * replicas) / WHOLE_BASIS_POINTS);

function amountAt(
  adoption: ArgoAdoption,
  canary: CanaryStrategy,
  key: 'maxSurge' | 'maxUnavailable',
): Amount {
  const value = canary[key];
  if (value === undefined) return DEFAULT_AMOUNT;
  if (typeof value === 'number' && value >= 0) return { instances: value };
  // Argo takes a text for a share, with the sign or without it.
  const percent = /^(\d+)%?$/.exec(String(value))?.[1];
  if (percent !== undefined) return { basisPoints: Math.min(100, Number(percent)) * 100 };
  faultOf(
    adoption,
    ['spec', 'strategy', 'canary', key],
    'A number of pods or a share such as 25% was expected.',
  );
  return DEFAULT_AMOUNT;
}
