import { get } from 'node:http';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { ClusterClient, Mirror } from '../../../src/kubernetes/cluster-client.ts';

/** What became of requests. */
export interface TrafficCounts {
  readonly good: number;
  /** Answered with 5xx. */
  readonly failed: number;
  /** Not answered: refused, cut off, or too late. */
  readonly broken: number;
}

interface Slice extends KubernetesObject {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly name: string };
  }[];
  readonly ports?: readonly { readonly port: number }[];
}

/** Who may get a request. */
interface Endpoint {
  readonly pod: string;
  readonly host: string;
  readonly port: number;
}

const ROUND_MS = 20;
const PATIENCE_MS = 5_000;

/**
 * For tests: callers of a Service, and the data plane between them and its pods. Each request opens a connection and goes
 * to the next of the endpoints that are ready at that moment, as kube-proxy would have it.
 */
export class ServiceTraffic {
  readonly #slices: { readonly mirror: Mirror; release(): void };
  readonly #perSecond: number;
  readonly #timer: NodeJS.Timeout;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #counts = new Map<string, TrafficCounts>();
  #next = 0;
  #owed = 0;
  #isPaused = false;

  /** Begins at once; nothing is sent while nobody is ready. */
  constructor(client: ClusterClient, namespace: string, service: string, perSecond: number) {
    const labels = `kubernetes.io/service-name=${service}`;
    this.#slices = client.mirror({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      namespace,
      labels,
    });
    this.#perSecond = perSecond;
    let lastAt = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#send(now - lastAt);
      lastAt = now;
    }, ROUND_MS);
  }

  set paused(isPaused: boolean) {
    this.#isPaused = isPaused;
  }

  /** The pods that get requests at present. */
  get pods(): readonly string[] {
    return this.#endpoints().map(({ pod }) => pod);
  }

  /** What became of the requests to pods whose names begin so; of all without it. */
  counts(prefix = ''): TrafficCounts {
    const all = { good: 0, failed: 0, broken: 0 };
    for (const [pod, { good, failed, broken }] of this.#counts) {
      if (!pod.startsWith(prefix)) continue;
      all.good += good;
      all.failed += failed;
      all.broken += broken;
    }
    return all;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#inFlight);
    this.#slices.release();
  }

  #send(elapsedMs: number): void {
    const endpoints = this.#endpoints();
    if (this.#isPaused || endpoints.length === 0) return;
    this.#owed += (elapsedMs * this.#perSecond) / 1000;
    for (; this.#owed >= 1; this.#owed -= 1) {
      this.#next = (this.#next + 1) % endpoints.length;
      const endpoint = endpoints[this.#next];
      if (endpoint === undefined) return;
      const request = this.#ask(endpoint).finally(() => this.#inFlight.delete(request));
      this.#inFlight.add(request);
    }
  }

  async #ask({ pod, host, port }: Endpoint): Promise<void> {
    const became = await outcomeOf(host, port);
    const before = this.#counts.get(pod) ?? { good: 0, failed: 0, broken: 0 };
    this.#counts.set(pod, { ...before, [became]: before[became] + 1 });
  }

  #endpoints(): readonly Endpoint[] {
    return this.#slices.mirror.all().flatMap((object) => {
      const { endpoints, ports } = object as Slice;
      const port = ports?.[0]?.port;
      return (endpoints ?? []).flatMap(({ addresses: [host], conditions, targetRef }) =>
        host === undefined || port === undefined || conditions?.ready === false
          ? []
          : [{ pod: targetRef?.name ?? host, host, port }],
      );
    });
  }
}

function outcomeOf(host: string, port: number): Promise<keyof TrafficCounts> {
  return new Promise((resolve) => {
    const request = get(
      { host, port, agent: false, signal: AbortSignal.timeout(PATIENCE_MS) },
      (response) => {
        const outcome = (response.statusCode ?? 500) < 500 ? 'good' : 'failed';
        response.resume();
        response.once('end', () => resolve(outcome));
        response.once('error', () => resolve('broken'));
      },
    );
    request.once('error', () => resolve('broken'));
  });
}
