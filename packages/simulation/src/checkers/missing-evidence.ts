import type { Tick } from '@sluice/core/analysis/tick.ts';
import type { Rollout } from '@sluice/core/rollout/state.ts';
import { SLOW_BUCKET } from '../world/simulated-metrics.ts';
import type { RolloutId } from '@sluice/core/kernel/ids.ts';
import { promised } from './broken-promise.ts';
import type { Checker } from './checker.ts';

const PROMISE = '6 missing evidence';

/** What was told of a rollout that may speak against it. */
interface Told {
  failed: number;
  slow: number;
  failedOnStable: number;
}

/**
 * 6. No data, provider error and lost metrics never end in a verdict of fail. A verdict is found when the provider
 * answers, and it needs something that was really told: a request of the candidate that failed or was slow, or
 * failures on stable, beside which what is slow looks slower because what fails is quick.
 */
export function watchMissingEvidence(): Checker {
  const told = new Map<RolloutId, Told>();
  return {
    decided: ({ before, observation, decision }) => {
      const rollout = before.active;
      if (!rollout) return;
      const sum = told.get(rollout.id) ?? { failed: 0, slow: 0, failedOnStable: 0 };
      told.set(rollout.id, sum);
      const { metrics, target } = observation;
      if (metrics.kind === 'ticks') for (const tick of metrics.ticks) add(sum, tick);
      for (const event of decision.events) {
        if (event.kind !== 'rollbackBegun') continue;
        const { kind, detail } = event.reason;
        promised(
          PROMISE,
          target.kind === 'observed' || (kind !== 'health' && kind !== 'crash-loop'),
          () => `${rollout.version} was condemned (${kind}) while its target did not answer`,
        );
        if (kind !== 'judge' && kind !== 'limit') continue;
        promised(
          PROMISE,
          metrics.kind === 'ticks' || isSettling(rollout),
          () => `${rollout.version} was condemned (${detail}) while the provider did not answer`,
        );
        promised(
          PROMISE,
          sum.failed + sum.slow + sum.failedOnStable > 0,
          () => `${rollout.version} was condemned (${detail}) and nothing bad was ever told of it`,
        );
      }
    },
  };
}

/** After the switch evidence decides that did not suffice before, and it may be older than the present look. */
const isSettling = ({ phase, plan }: Rollout): boolean =>
  phase.name === 'running' && plan.steps[phase.step]?.kind === 'settle';

function add(sum: Told, { candidate, stable }: Tick): void {
  sum.failed += candidate.errors;
  sum.slow += candidate.latency.find(([bucket]) => bucket === SLOW_BUCKET)?.[1] ?? 0;
  sum.failedOnStable += stable.errors;
}
