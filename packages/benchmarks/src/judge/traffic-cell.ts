/** Traffic at which rollouts are simulated: requests per second of both arms, and the candidate's share (0 to 1). */
export interface TrafficCell {
  readonly requestsPerSecond: number;
  readonly share: number;
}

/** The horizon of every rollout, in seconds (judge.md 4.1). */
export const HORIZON_SECONDS = 1800;
/** Stable's error rate in all simulated rollouts, a fraction. */
export const USUAL_ERROR_RATE = 0.001;
/** The error probability that every judge here is given. */
export const ALPHA = 0.01;

/** The twelve cells of judge.md section 4. */
export const TRAFFIC_CELLS: readonly TrafficCell[] = [1, 10, 100, 1000].flatMap((requestsPerSecond) =>
  [0.05, 0.25, 0.75].map((share) => ({ requestsPerSecond, share })),
);

/** A seed that differs for every table and row, so that no two share their random numbers. */
export function seedOf(table: number, row: number): number {
  return table * 1_000_003 + row * 7919 + 1;
}

/** How many rollouts to simulate at a scale (1 is what judge.md did), at least 20. */
export function repsAt(scale: number, reps: number): number {
  return Math.max(20, Math.round(reps * scale));
}
