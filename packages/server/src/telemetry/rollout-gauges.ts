import { Gauge, type Registry } from 'prom-client';
import type { MinuteTraffic, RolloutUnderWay } from '../store/stock/rollouts-under-way.ts';
import { keptReading } from './kept-reading.ts';

/** Reads at most so many rollouts that have not ended. */
export type RolloutsReader = (limit: number) => Promise<readonly RolloutUnderWay[]>;

/** Rollouts that have series of their own: those that have been in their phase for the longest. */
const MOST_ROLLOUTS = 200;

/**
 * Makes the gauges of single rollouts under way. They say nothing before they are given a reader, and while the store
 * does not answer.
 *
 * @returns takes the reader
 */
export function rolloutGauges(registry: Registry): (reader: RolloutsReader) => void {
  let read: () => Promise<readonly RolloutUnderWay[]> = async () => [];
  const registers = [registry];
  new Gauge({
    name: 'sluice_rollout_phase_seconds',
    help: 'For how long a rollout that has not ended has been in its phase.',
    labelNames: ['track', 'phase'],
    registers,
    async collect() {
      const rollouts = await read();
      this.reset();
      for (const { track, phase, seconds } of rollouts) this.set({ track, phase }, seconds);
    },
  });
  const byRole = (
    name: string,
    help: string,
    of: (side: { readonly share: number | null; readonly traffic: MinuteTraffic | null }) => number | null,
  ) =>
    new Gauge({
      ...{ name, help, labelNames: ['track', 'role'] as const, registers },
      async collect() {
        const rollouts = await read();
        this.reset();
        for (const rollout of rollouts) {
          const { track, candidateShare, candidateTraffic, stableShare, stableTraffic } = rollout;
          // What waits in line serves nothing, and would overwrite what is under way before it.
          if (rollout.phase === 'queued') continue;
          const candidate = of({ share: candidateShare, traffic: candidateTraffic });
          const stable = of({ share: stableShare, traffic: stableTraffic });
          if (candidate !== null) this.set({ track, role: 'candidate' }, candidate);
          if (stable !== null) this.set({ track, role: 'stable' }, stable);
        }
      },
    });
  byRole(
    'sluice_rollout_share_ratio',
    'Part of the requests that a rollout under way gives to each side, as ordered.',
    ({ share }) => share,
  );
  byRole(
    'sluice_rollout_requests_per_second',
    'Requests to each side of a rollout under way, in the newest minute that is recorded.',
    ({ traffic }) => traffic && traffic.requestsPerSecond,
  );
  byRole(
    'sluice_rollout_errors_per_second',
    'Requests that failed on each side of a rollout under way, in the newest minute that is recorded.',
    ({ traffic }) => traffic && traffic.errorsPerSecond,
  );
  return (reader) => {
    read = keptReading(() => reader(MOST_ROLLOUTS), []);
  };
}
