import { BROKEN_STABLE } from './broken-stable.ts';
import { MISSING_METRICS } from './missing-metrics.ts';
import { PROMOTION_AND_ABORT } from './promotion-and-abort.ts';
import type { Scenario } from './scenario.ts';
import { STUCK_OR_HURT } from './stuck-or-hurt.ts';

/** Every scenario: what users of other tools complain of most, turned into stories that end well here. */
export const ALL_SCENARIOS: readonly Scenario[] = [
  ...STUCK_OR_HURT,
  ...PROMOTION_AND_ABORT,
  ...BROKEN_STABLE,
  ...MISSING_METRICS,
];
