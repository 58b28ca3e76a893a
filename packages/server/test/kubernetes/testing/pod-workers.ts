/**
 * Purpose: what played pods of agents would run: a process of its own for each pod that is ready, with the variables that the
 * pod has, which is asked to end when the pod is.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { REVISION } from '@sluice/kubernetes/objects/labels.ts';
import type { ClusterClient, Mirror } from '../../../src/kubernetes/cluster-client.ts';

const PROGRAM = fileURLToPath(new URL('./pod-worker.ts', import.meta.url));

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

interface PodSpec {
  readonly containers: readonly {
    readonly env?: readonly Variable[];
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes?: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
}

/** Runs the workers of the pods of one namespace. */
export class PodWorkers {
  /** Null: its Secrets are not there yet, or are being read. */
  readonly #running = new Map<string, ChildProcess | null>();
  readonly #client: ClusterClient;
  readonly #mirror: Mirror;
  readonly #folder: string;
  readonly #end: () => void;

  static async follow(client: ClusterClient, namespace: string): Promise<PodWorkers> {
    const { mirror, release } = client.mirror({ apiVersion: 'v1', kind: 'Pod', namespace, labels: REVISION });
    await mirror.synced;
    const folder = await mkdtemp(join(tmpdir(), 'sluice-pods-'));
    return new PodWorkers(client, mirror, { folder, release });
  }

  private constructor(
    client: ClusterClient,
    mirror: Mirror,
    { folder, release }: { readonly folder: string; readonly release: () => void },
  ) {
    this.#client = client;
    this.#mirror = mirror;
    this.#folder = folder;
    const cancel = mirror.onChange(() => this.#look());
    this.#end = () => {
      cancel();
      release();
    };
    this.#look();
  }

  async stop(): Promise<void> {
    this.#end();
    const left = [...this.#running.values()].filter((child) => child !== null).filter(isAlive);
    const exits = left.map((child) => once(child, 'exit'));
    for (const child of left) child.kill('SIGKILL');
    await Promise.all(exits);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #look(): void {
    const alive = this.#mirror.all().filter((pod) => isReady(pod));
    for (const pod of alive) {
      const { name } = pod.metadata;
      if (this.#running.has(name)) continue;
      this.#running.set(name, null);
      void this.#start(pod);
    }
    const names = new Set(alive.map(({ metadata }) => metadata.name));
    for (const [name, child] of this.#running)
      if (!names.has(name) && child !== null && isAlive(child)) child.kill('SIGTERM');
  }

  /** Like a kubelet, it starts no container whose Secrets are not there. */
  async #start(pod: KubernetesObject): Promise<void> {
    const { name } = pod.metadata;
    const folders = await this.#mount(pod);
    if (folders === null) this.#running.delete(name);
    else this.#running.set(name, started(pod, folders));
  }

  /** The Secrets of a pod in folders of this machine, by where the pod would see them. */
  async #mount(pod: KubernetesObject): Promise<ReadonlyMap<string, string> | null> {
    const { containers, volumes = [] } = pod.spec as unknown as PodSpec;
    const folders = new Map<string, string>();
    for (const { name, mountPath } of containers[0]?.volumeMounts ?? []) {
      const { secret } = volumes.find((volume) => volume.name === name) ?? {};
      if (!secret) continue;
      const { namespace } = pod.metadata;
      const reference = { apiVersion: 'v1', kind: 'Secret', namespace, name: secret.secretName };
      const found = await this.#client.read(reference);
      if (!found) return null;
      const folder = join(this.#folder, pod.metadata.name, name);
      await mkdir(folder, { recursive: true });
      for (const [key, value] of Object.entries(found['data'] as Record<string, string>))
        await writeFile(join(folder, key), Buffer.from(value, 'base64'));
      folders.set(mountPath, folder);
    }
    return folders;
  }
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

function isReady({ metadata, status }: KubernetesObject): boolean {
  const conditions = (status?.['conditions'] ?? []) as readonly { type: string; status: string }[];
  const ready = conditions.some((one) => one.type === 'Ready' && one.status === 'True');
  return ready && metadata.deletionTimestamp === undefined;
}

function started(pod: KubernetesObject, folders: ReadonlyMap<string, string>): ChildProcess {
  // Pods have an address each, on which to listen; here they share one.
  const env = { ...process.env, ...moved(variablesOf(pod), folders), HOST: '127.0.0.1', PORT: '0' };
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
}

/** Variables that name a file of a mounted folder name it where it lies on this machine. */
const moved = (
  variables: Readonly<Record<string, string>>,
  folders: ReadonlyMap<string, string>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      const [from, to] = [...folders].find(([folder]) => value.startsWith(`${folder}/`)) ?? ['', ''];
      return [name, to === '' ? value : `${to}${value.slice(from.length)}`];
    }),
  );

/** What the kubelet would give to the container. */
function variablesOf(pod: KubernetesObject): Record<string, string> {
  const { containers } = pod.spec as unknown as PodSpec;
  return Object.fromEntries((containers[0]?.env ?? []).map((one) => [one.name, valueOf(one, pod)]));
}

function valueOf({ value = '', valueFrom }: Variable, pod: KubernetesObject): string {
  const path = valueFrom?.fieldRef?.fieldPath.split('.') ?? [];
  if (path.length === 0) return value.replaceAll('$$', '$');
  return String(
    path.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], pod),
  );
}
