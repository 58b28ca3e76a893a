import type { CanaryReading } from './canary-reading.ts';

/** Flagger's whole, in per cent. */
const WHOLE = 100;

/**
 * The weights that a canary goes through, in per cent: `stepWeights` as they are, or multiples of `stepWeight` until
 * `maxWeight` is reached or passed (`scheduler.go`, nextStepWeight and runCanary, at 15bd6ad). Empty after a fault.
 */
export function weightsOf({ notes, document, spec }: CanaryReading): readonly number[] {
  const { stepWeight, stepWeights, maxWeight = 0 } = spec.analysis;
  const path = ['spec', 'analysis'];
  if (stepWeights) {
    const isRising = stepWeights.every((weight, index) => weight > (stepWeights[index - 1] ?? 0));
    if (isRising && stepWeights.length > 0) return stepWeights;
    notes.fault(document, [...path, 'stepWeights'], 'Weights from 1 to 100 that rise were expected.');
    return [];
  }
  if (!stepWeight) {
    notes.fault(
      document,
      [...path, 'stepWeight'],
      'A canary never advances by 0; a number from 1 to 100 was expected.',
    );
    return [];
  }
  const most = maxWeight > 0 ? maxWeight : WHOLE;
  const count = Math.ceil(Math.min(most, WHOLE) / stepWeight);
  return Array.from({ length: count }, (_, index) => Math.min(WHOLE, stepWeight * (index + 1)));
}

/** The weights after the last one that was examined, while `stepWeightPromotion` moves the rest; the last is below 100. */
export function promotionWeights(last: number, stepWeightPromotion: number | undefined): readonly number[] {
  if (!stepWeightPromotion) return [];
  const count = Math.max(0, Math.ceil((WHOLE - last) / stepWeightPromotion) - 1);
  return Array.from({ length: count }, (_, index) => last + stepWeightPromotion * (index + 1));
}
