/**
 * Purpose: what played pods of agents would run: a process of its own for each pod that is ready, with the variables that the
 * pod has, which is asked to end when the pod is.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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
  readonly containers: readonly { readonly env?: readonly Variable[] }[];
}

/** Runs the workers of the pods of one namespace. */
export class PodWorkers {
  readonly #running = new Map<string, ChildProcess>();
  readonly #mirror: Mirror;
  readonly #end: () => void;

  static async follow(client: ClusterClient, namespace: string): Promise<PodWorkers> {
    const { mirror, release } = client.mirror({ apiVersion: 'v1', kind: 'Pod', namespace, labels: REVISION });
    await mirror.synced;
    return new PodWorkers(mirror, release);
  }

  private constructor(mirror: Mirror, release: () => void) {
    this.#mirror = mirror;
    const cancel = mirror.onChange(() => this.#look());
    this.#end = () => {
      cancel();
      release();
    };
    this.#look();
  }

  async stop(): Promise<void> {
    this.#end();
    const left = [...this.#running.values()].filter(isAlive);
    const exits = left.map((child) => once(child, 'exit'));
    for (const child of left) child.kill('SIGKILL');
    await Promise.all(exits);
  }

  #look(): void {
    const alive = this.#mirror.all().filter((pod) => isReady(pod));
    for (const pod of alive) {
      const { name } = pod.metadata;
      if (!this.#running.has(name)) this.#running.set(name, started(pod));
    }
    const names = new Set(alive.map(({ metadata }) => metadata.name));
    for (const [name, child] of this.#running) if (!names.has(name) && isAlive(child)) child.kill('SIGTERM');
  }
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

function isReady({ metadata, status }: KubernetesObject): boolean {
  const conditions = (status?.['conditions'] ?? []) as readonly { type: string; status: string }[];
  const ready = conditions.some((one) => one.type === 'Ready' && one.status === 'True');
  return ready && metadata.deletionTimestamp === undefined;
}

function started(pod: KubernetesObject): ChildProcess {
  // Pods have an address each, on which to listen; here they share one.
  const env = { ...process.env, ...variablesOf(pod), HOST: '127.0.0.1', PORT: '0' };
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
}

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
