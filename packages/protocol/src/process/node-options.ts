/**
 * What Node is started with for the control plane, in front of `main.ts`.
 *
 * A control plane of many rollouts makes short-lived objects steadily, so that Node's young generation grows to its
 * limit and never gives the memory back. Eight megabytes instead of the default cost some per cent of processor time
 * per look and save a quarter of the memory (`benchmarks/results/live-rollouts.md`).
 */
export const SERVER_NODE_OPTIONS: readonly string[] = ['--max-semi-space-size=8'];
