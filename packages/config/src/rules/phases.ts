import { formatShare } from '@sluice/core/kernel/share.ts';
import { bodyOf } from '../resolve/strategy-body.ts';
import type { StrategyRule } from './rule.ts';

/** The shares of a canary grow from phase to phase. */
export const sharesGrow: StrategyRule = (strategy) => {
  const shares = (bodyOf(strategy, 'canary').phases ?? []).map((phase) => phase?.share);
  return shares.flatMap((share, index) => {
    const before = shares[index - 1];
    if (share === undefined || before === undefined || share > before) return [];
    const path = [...strategy.path, 'canary', 'phases', index, 'share'];
    const says = `is ${formatShare(share)}, which is not more than the ${formatShare(before)} of the phase before`;
    return [
      { path, at: 'value', says, expected: `more than ${formatShare(before)}`, found: formatShare(share) },
    ];
  });
};
