import { SLOW_BUCKET } from '../world/simulated-metrics.ts';
import type { RolloutId } from '@sluice/core/kernel/ids.ts';
import { promised } from './broken-promise.ts';
import type { Checker } from './checker.ts';

const PROMISE = '6 missing evidence';

/** Above this part of slow requests a candidate may be called slow; good ones have one in fifty. */
const SLOW_PART = 0.1;

/** Above this part of failed requests stable is no measure any more: what fails quickly looks quick. */
const BROKEN_STABLE_PART = 0.05;

interface Told {
  stableRequests: number;
  stableErrors: number;
  requests: number;
  errors: number;
  slow: number;
}

/**
 * 6. No data, provider error and lost metrics never end in a verdict of fail. A verdict needs something that was
 * really told: at least one failed request of the candidate, or many slow ones.
 */
export function watchMissingEvidence(): Checker {
  const told = new Map<RolloutId, Told>();
  return {
    decided: ({ before, observation, decision }) => {
      const { metrics } = observation;
      const rollout = before.active;
      if (!rollout) return;
      const sum = told.get(rollout.id) ?? {
        stableRequests: 0,
        stableErrors: 0,
        requests: 0,
        errors: 0,
        slow: 0,
      };
      told.set(rollout.id, sum);
      if (metrics.kind === 'ticks')
        for (const { candidate, stable } of metrics.ticks) {
          sum.stableRequests += stable.requests;
          sum.stableErrors += stable.errors;
          sum.requests += candidate.requests;
          sum.errors += candidate.errors;
          sum.slow += candidate.latency.find(([bucket]) => bucket === SLOW_BUCKET)?.[1] ?? 0;
        }
      for (const event of decision.events) {
        if (event.kind !== 'rollbackBegun') continue;
        const { kind, detail } = event.reason;
        promised(
          PROMISE,
          observation.target.kind === 'observed' || (kind !== 'health' && kind !== 'crash-loop'),
          () => `${rollout.version} was condemned (${kind}) while its target did not answer`,
        );
        const isVerdict = kind === 'judge' || kind === 'limit';
        promised(
          PROMISE,
          !isVerdict || isTold(sum),
          () => `${rollout.version} was condemned (${detail}) and nothing bad was ever told of it`,
        );
      }
    },
  };
}

const isTold = ({ stableRequests, stableErrors, requests, errors, slow }: Told): boolean =>
  errors > 0 || slow > requests * SLOW_PART || stableErrors > stableRequests * BROKEN_STABLE_PART;
