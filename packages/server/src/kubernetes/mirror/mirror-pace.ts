/** How fast a mirror tries again. */
export interface MirrorPace {
  /** Upper end of the first wait, in ms; each further one is twice as long. */
  readonly firstRetryMs: number;
  /** Longest wait, in ms. A try is one small request, so that a server that comes back is soon noticed. */
  readonly longestRetryMs: number;
  /** A watch that lasted less than this, in ms, counts as a failed try: a server that ends each at once is not flooded. */
  readonly shortWatchMs: number;
  /** How long a watch may be silent, in ms, before its initial events are given up for a list. */
  readonly initialSilenceMs: number;
}

/** The pace against real servers. */
export const MIRROR_PACE: MirrorPace = {
  firstRetryMs: 250,
  longestRetryMs: 10_000,
  shortWatchMs: 1_000,
  initialSilenceMs: 15_000,
};

/** How long to wait after `failures` failed tries in a row, in ms: between half and the whole of a doubling bound; 0 after none. */
export function retryWaitMs(pace: MirrorPace, failures: number, random: () => number): number {
  if (failures === 0) return 0;
  const bound = Math.min(pace.longestRetryMs, pace.firstRetryMs * 2 ** Math.min(failures - 1, 30));
  return bound * (0.5 + 0.5 * random());
}
