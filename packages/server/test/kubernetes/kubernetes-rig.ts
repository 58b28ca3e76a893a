import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '@sluice/core/kernel/assert.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { apiClient, type ApiClient } from '@sluice/protocol/http/client.ts';
import type { ReleaseReply } from '@sluice/protocol/http/requests.ts';
import type { EventView, TrackView } from '@sluice/protocol/http/views.ts';
import { expect, vi } from 'vitest';
import { findEmbeddedPostgres } from '../../src/store/embedded/start-embedded-postgres.ts';
import { type PlayedCluster, playedCluster } from '../../src/targets/testing/played-cluster.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const PATIENCE = { timeout: 60_000, interval: 50 };

/** The whole control plane, as its own process, over a cluster whose nodes are played; no host, no mock. */
export class KubernetesRig {
  readonly cluster: PlayedCluster;
  readonly namespace: string;
  readonly #folder: string;
  readonly #kubeconfig: string;
  #server: ChildProcess | undefined;
  #api: ApiClient | undefined;
  #apiPort = 0;

  /** @param tokenFor makes the credentials of the control plane where it is not the cluster's administrator */
  static async start(
    open: () => Promise<PlayedCluster> = playedCluster,
    tokenFor?: (cluster: PlayedCluster, namespace: string) => Promise<string>,
  ): Promise<KubernetesRig> {
    const cluster = await open();
    const folder = await mkdtemp(join(tmpdir(), 'sluice-kubernetes-'));
    const namespace = await cluster.namespace();
    const token = await tokenFor?.(cluster, namespace);
    const rig = new KubernetesRig(cluster, folder, namespace, await kubeconfigOf(cluster, folder, token));
    await rig.startServer();
    return rig;
  }

  private constructor(cluster: PlayedCluster, folder: string, namespace: string, kubeconfig: string) {
    this.cluster = cluster;
    this.#folder = folder;
    this.namespace = namespace;
    this.#kubeconfig = kubeconfig;
  }

  #environment(): NodeJS.ProcessEnv {
    // Where the Prometheus of tests is.
    return { ...process.env, KUBECONFIG: this.#kubeconfig, SLUICE_ALLOW_OUTGOING: '127.0.0.0/8' };
  }

  /** Starts the control plane, again after it was killed; it keeps its port, so that workers find it again. */
  async startServer(): Promise<void> {
    const file = join(this.#folder, 'server.json');
    await rm(file, { force: true });
    const args = [
      '--directory',
      this.#folder,
      '--api-port',
      String(this.#apiPort),
      '--host-directory',
      'none',
      '--look-every',
      '200',
    ];
    const log = join(this.#folder, 'server.log');
    this.#server = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', MAIN, ...args, '--log-file', log],
      { stdio: 'ignore', env: this.#environment() },
    );
    this.#apiPort = await vi.waitFor(
      async () => (JSON.parse(await readFile(file, 'utf8')) as { apiPort: number }).apiPort,
      PATIENCE,
    );
    this.#api = apiClient({
      baseUrl: `http://127.0.0.1:${this.#apiPort}`,
      token: await readAdminToken(this.#folder),
    });
  }

  /** Kills it in the hardest way. */
  async killServer(): Promise<void> {
    assert(this.#server !== undefined, 'the control plane runs');
    const exited = once(this.#server, 'exit');
    this.#server.kill('SIGKILL');
    await exited;
  }

  get api(): ApiClient {
    assert(this.#api !== undefined, 'the control plane was started');
    return this.#api;
  }

  /** Where the control plane listens on the loopback. */
  get apiPort(): number {
    return this.#apiPort;
  }

  /** A sluice.yaml of one component in the rig's namespace; the component is written as a flow mapping. */
  file(component: string, more = ''): string {
    return `application: shop
target: { kubernetes: { cluster: default, namespace: ${this.namespace} } }
components:
  web: ${component}
${more}`;
  }

  /** Writes a file that a sluice.yaml of the rig can name. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.#folder, name), text);
  }

  async deploy(text: string, version: string): Promise<ReleaseReply> {
    const reply = await this.api.release({ text, file: 'sluice.yaml', baseDirectory: this.#folder, version });
    assert(reply.ok, `the release was refused: ${JSON.stringify(reply)}`);
    return reply.value;
  }

  async track(component = 'web'): Promise<TrackView> {
    const reply = await this.api.track(`shop/local/${component}`);
    assert(reply.ok, `the track could not be read: ${JSON.stringify(reply)}`);
    return reply.value;
  }

  /** Looks until something holds of the track. */
  until(holds: (track: TrackView) => void, component = 'web'): Promise<TrackView> {
    return vi.waitFor(async () => {
      const track = await this.track(component);
      holds(track);
      return track;
    }, PATIENCE);
  }

  /** Waits until a rollout has its share, is confirmed to have it, and is being judged. */
  judged(version: string, component = 'web'): Promise<TrackView> {
    return this.until(({ active, splitConfirmed }) => {
      expect(active?.version).toBe(version);
      expect(active?.plan.steps[active.step ?? -1]?.kind).toBe('judge');
      expect(splitConfirmed).toBe(true);
    }, component);
  }

  /** Waits until a version is stable and nothing is under way. */
  stable(version: string, component = 'web'): Promise<TrackView> {
    return this.until((track) => {
      expect(track.active).toBeNull();
      expect(track.stable?.version).toBe(version);
    }, component);
  }

  /** What has happened to a track, oldest first. */
  async happened(component = 'web'): Promise<readonly EventView[]> {
    const { signal } = new AbortController();
    const happened: EventView[] = [];
    const track = `shop/local/${component}`;
    for await (const event of this.api.events({ after: 0, track, follow: false, signal }))
      happened.push(event);
    return happened;
  }

  list(apiVersion: string, kind: string): Promise<readonly KubernetesObject[]> {
    return this.cluster.client.list({ apiVersion, kind, namespace: this.namespace });
  }

  async read(apiVersion: string, kind: string, name: string): Promise<KubernetesObject> {
    const found = await this.cluster.client.read({ apiVersion, kind, namespace: this.namespace, name });
    assert(found !== undefined, `there is no ${kind} ${name}`);
    return found;
  }

  async close(): Promise<void> {
    if (this.#server?.exitCode === null) await this.killServer();
    const postgres = await findEmbeddedPostgres({ directory: join(this.#folder, 'postgres') });
    await postgres?.stop();
    await this.cluster.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function kubeconfigOf(cluster: PlayedCluster, folder: string, token?: string): Promise<string> {
  if (cluster.fake === null) return process.env['SLUICE_TEST_KUBECONFIG'] ?? '';
  const path = join(folder, 'kubeconfig');
  const { url } = await cluster.fake.cluster.listen();
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server: url } }],
    users: [{ name: 'admin', user: { token: token ?? cluster.fake.cluster.tokens['admin'] } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'admin' } }],
    'current-context': 'fake',
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
