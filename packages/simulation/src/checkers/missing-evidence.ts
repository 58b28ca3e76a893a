import type { ArmTick } from '@sluice/core/analysis/tick.ts';
import { SLOW_BUCKET } from '../world/simulated-metrics.ts';
import type { RolloutId } from '@sluice/core/kernel/ids.ts';
import { promised } from './broken-promise.ts';
import type { Checker } from './checker.ts';

const PROMISE = '6 missing evidence';

/** Chance alone rarely makes fewer slow requests than this an argument. */
const SLOW_REQUESTS = 5;
/** Nor does it often make so many times as many slow requests as stable has. */
const SLOW_RATIO = 1.5;
/** Above this part of failed requests stable is no measure any more: what fails quickly looks quick. */
const BROKEN_STABLE_PART = 0.05;

interface Told {
  requests: number;
  errors: number;
  slow: number;
}

/**
 * 6. No data, provider error and lost metrics never end in a verdict of fail. A verdict needs something that was
 * really told: a failed request of the candidate, or slow ones in a number that stable does not have.
 */
export function watchMissingEvidence(): Checker {
  const told = new Map<RolloutId, { readonly candidate: Told; readonly stable: Told; isSlow: boolean }>();
  const ofRollout = (id: RolloutId): { readonly candidate: Told; readonly stable: Told; isSlow: boolean } => {
    const sum = told.get(id) ?? { candidate: nothing(), stable: nothing(), isSlow: false };
    told.set(id, sum);
    return sum;
  };
  return {
    decided: ({ before, observation, decision }) => {
      const rollout = before.active;
      if (!rollout) return;
      const sum = ofRollout(rollout.id);
      if (observation.metrics.kind === 'ticks')
        for (const { candidate, stable } of observation.metrics.ticks) {
          add(sum.candidate, candidate);
          add(sum.stable, stable);
          sum.isSlow ||= isSlower(sum.candidate, sum.stable) || isSlower(count(candidate), sum.stable);
        }
      for (const event of decision.events) {
        if (event.kind !== 'rollbackBegun') continue;
        const { kind, detail } = event.reason;
        promised(
          PROMISE,
          observation.target.kind === 'observed' || (kind !== 'health' && kind !== 'crash-loop'),
          () => `${rollout.version} was condemned (${kind}) while its target did not answer`,
        );
        const isBroken = sum.stable.errors > sum.stable.requests * BROKEN_STABLE_PART;
        promised(
          PROMISE,
          (kind !== 'judge' && kind !== 'limit') || sum.candidate.errors > 0 || sum.isSlow || isBroken,
          () => `${rollout.version} was condemned (${detail}) and nothing bad was ever told of it`,
        );
      }
    },
  };
}

const nothing = (): Told => ({ requests: 0, errors: 0, slow: 0 });

function count({ requests, errors, latency }: ArmTick): Told {
  return { requests, errors, slow: latency.find(([bucket]) => bucket === SLOW_BUCKET)?.[1] ?? 0 };
}

function add(sum: Told, arm: ArmTick): void {
  const { requests, errors, slow } = count(arm);
  sum.requests += requests;
  sum.errors += errors;
  sum.slow += slow;
}

const isSlower = (candidate: Told, stable: Told): boolean =>
  candidate.slow >= SLOW_REQUESTS &&
  candidate.slow * Math.max(1, stable.requests) > SLOW_RATIO * stable.slow * candidate.requests;
