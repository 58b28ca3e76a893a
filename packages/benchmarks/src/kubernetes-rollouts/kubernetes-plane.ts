/**
 * Purpose: the real control plane as its own process, without a host, over a fake cluster in a process of its own.
 *
 * Owns a temporary folder and all processes that it starts; `close` leaves nothing of them.
 */
import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type ApiClient, apiClient } from '@sluice/protocol/http/client.ts';
import { SERVER_NODE_OPTIONS } from '@sluice/protocol/process/node-options.ts';
import { findEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { z } from 'zod';
import { announced, startNode } from '../rig/child-process.ts';
import type { CallCounts } from './call-counts.ts';

const serverMain = fileURLToPath(import.meta.resolve('@sluice/server/main.ts'));
const clusterMain = fileURLToPath(new URL('cluster-process.ts', import.meta.url));
const serverAnnouncement = z.object({ apiPort: z.int() });
const clusterAnnouncement = z.object({ url: z.string() });

/** What is to be started. */
export interface PlaneWish {
  /** How many pods the cluster has to have room for. */
  readonly pods: number;
  readonly latencyMs: number;
  /** How often the control plane looks at a rollout under way; as it ships where nothing is said. */
  readonly lookEveryMs: number | undefined;
  /** Where the control plane leaves its processor profile when it ends. */
  readonly profileFolder: string | undefined;
}

/** A control plane and its cluster at work. */
export interface KubernetesPlane {
  readonly api: ApiClient;
  readonly apiPort: number;
  readonly directory: string;
  readonly pid: number;
  readonly clusterPid: number;
  postgresPid(): Promise<number>;
  calls(): Promise<CallCounts>;
  /** Lets the readiness probe of a workload's only pod fail or hold; says when its node began to tell, in ms since the epoch. */
  setReadiness(workload: string, isReady: boolean): Promise<number>;
  close(): Promise<void>;
}

/** Starts a cluster, then a control plane that has it as its default. */
export async function startKubernetesPlane(wish: PlaneWish): Promise<KubernetesPlane> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const paths = {
    kubeconfig: join(directory, 'kubeconfig'),
    ready: join(directory, 'cluster.json'),
    clusterLog: join(directory, 'cluster.log'),
    serverLog: join(directory, 'server.log'),
  };
  const { kubeconfig, ready } = paths;
  const cluster = startNode(
    ['--max-old-space-size=6144', clusterMain, kubeconfig, ready, `${wish.latencyMs}`, `${wish.pods}`],
    paths.clusterLog,
  );
  const { url } = clusterAnnouncement.parse(await announced(ready, cluster, paths.clusterLog));
  // Processes that are started from here on have it, as from a shell.
  process.env['KUBECONFIG'] = kubeconfig;
  const server = startNode(serverArguments(wish, directory), paths.serverLog);
  const announcement = await announced(join(directory, 'server.json'), server, paths.serverLog);
  const { apiPort } = serverAnnouncement.parse(announcement);
  const postgres = () => findEmbeddedPostgres({ directory: join(directory, 'postgres') });
  return {
    api: apiClient({
      baseUrl: `http://127.0.0.1:${apiPort}`,
      token: await readAdminToken(directory),
      timeoutMs: 120_000,
    }),
    apiPort,
    directory,
    pid: server.pid,
    clusterPid: cluster.pid,
    postgresPid: async () => (await postgres())?.pid ?? 0,
    calls: async () => (await (await fetch(`${url}/calls`)).json()) as CallCounts,
    setReadiness: async (workload, isReady) => {
      const reply = await fetch(`${url}/readiness?workload=${workload}&ready=${isReady}`, { method: 'POST' });
      if (reply.ok) return ((await reply.json()) as { readonly at: number }).at;
      throw new SluiceError('unexpected', `${workload} has no pod: ${await reply.text()}`, { next: 'stop' });
    },
    close: async () => {
      await server.stop();
      await cluster.stop();
      await (await postgres())?.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function serverArguments({ lookEveryMs, profileFolder }: PlaneWish, directory: string): readonly string[] {
  return [
    ...SERVER_NODE_OPTIONS,
    ...(profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]),
    serverMain,
    ...['--directory', directory, '--api-port', '0', '--host-directory', 'none'],
    ...(lookEveryMs === undefined ? [] : ['--look-every', `${lookEveryMs}`]),
  ];
}
