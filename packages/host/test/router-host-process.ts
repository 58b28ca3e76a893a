/** A host process with nothing but a router, for tests that kill it: its options come as JSON in its only argument. */
import { type RouterOptions, startRouter } from '../src/router/router.ts';

const router = await startRouter(JSON.parse(process.argv[2] ?? '{}') as RouterOptions);
process.on('message', (message: { traffic?: string; close?: boolean; handOver?: boolean }) => {
  if (message.traffic !== undefined) process.send?.(router.traffic(message.traffic, 0, 900));
  if (message.handOver) void router.handOver().then(() => process.exit(0));
  if (message.close) void router.close().then(() => process.exit(0));
});
process.send?.({ port: router.port, workers: router.workers() });
