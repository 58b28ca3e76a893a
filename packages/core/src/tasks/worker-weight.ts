/** How quick a worker is taken for, beside its peers: no more and no less than this factor, as durations differ by tasks. */
const MOST = 4;

/** What a worker's part of the tasks goes by. */
export interface WorkerSpeed {
  /** Tasks that it takes at the same time, from 1. */
  readonly capacity: number;
  /** How long its attempts take, in ms; null before the first. */
  readonly durationMs: number | null;
  /** How long those of its peers take, in ms; null before the first. */
  readonly peersMs: number | null;
}

/** How much a worker gets beside its peers: by its capacity, and by how quick it is. */
export function workerWeight({ capacity, durationMs, peersMs }: WorkerSpeed): number {
  if (durationMs === null || peersMs === null) return capacity;
  // A duration of nothing is one that is too short to be measured.
  const quicker = Math.max(1, peersMs) / Math.max(1, durationMs);
  return capacity * Math.min(MOST, Math.max(1 / MOST, quicker));
}

/** How many attempts a moving mean is of, about. */
const MEAN_OF = 20;

/** A moving mean: each new duration counts a twentieth. */
export const meanDuration = (meanMs: number | null, durationMs: number): number =>
  meanMs === null ? durationMs : meanMs + (durationMs - meanMs) / MEAN_OF;
