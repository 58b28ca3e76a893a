/** Sluice's own router in a host process of its own: a 90/10 split over two revisions, counting everything. */
import { join } from 'node:path';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import { startRouter } from '@sluice/host/router/router.ts';

const [upstreamPort = '', scratch = '', workers = '1'] = process.argv.slice(2);
const track = 'bench/prod/web';
const router = await startRouter({
  port: 0,
  workers: Number(workers),
  stateFile: join(scratch, 'router.json'),
});
await router.setSplit({
  track,
  generation: 1,
  route: { host: null, path: '/', protocol: 'http1', timeoutMs: 30_000, maxBodyBytes: 0, goal: null },
  split: {
    ...EMPTY_SPLIT,
    weights: [
      { revision: revisionId('v2'), basisPoints: 1_000 },
      { revision: revisionId('v1'), basisPoints: 9_000 },
    ],
  },
});
await router.setEndpoints(
  track,
  ['v1', 'v2'].map((revision) => ({
    revision,
    host: '127.0.0.1',
    port: Number(upstreamPort),
    draining: false,
  })),
);
process.on('SIGTERM', () => void router.close().then(() => process.exit(0)));
process.send?.({ port: router.port, pids: [process.pid, ...router.workers().map(({ pid }) => pid)] });
