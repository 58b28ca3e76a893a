import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { ClusterClient } from '../cluster-client.ts';
import type { ClusterOptions } from '../open-cluster.ts';

/** A cluster of the contract: a fake one or a real one. */
export interface ClusterSubject {
  /** A client that may do everything. */
  open(options?: Partial<ClusterOptions>): Promise<ClusterClient>;
  /** A client of a user who may do nothing yet, and under which name refusals know him. */
  openLimited(): Promise<LimitedClient>;
  close(): Promise<void>;
}

/** A client of somebody who may do little. */
export interface LimitedClient {
  readonly client: ClusterClient;
  readonly user: string;
}

/** A name that no other run uses. */
export function someName(prefix: string): string {
  return `${prefix}-${Math.random().toString(36).slice(2, 10)}`;
}

/** One namespace of a cluster, for one test; it and all clients that were opened go with it. */
export class ContractWorld {
  readonly subject: ClusterSubject;
  readonly client: ClusterClient;
  readonly namespace = someName('sluice-contract');
  readonly #opened: ClusterClient[] = [];

  constructor(subject: ClusterSubject, client: ClusterClient) {
    this.subject = subject;
    this.client = client;
  }

  async start(): Promise<void> {
    await this.client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } });
  }

  async end(): Promise<void> {
    await Promise.all(this.#opened.map((other) => other.close()));
    await this.client.remove({ apiVersion: 'v1', kind: 'Namespace', name: this.namespace });
  }

  async open(options: Partial<ClusterOptions>): Promise<ClusterClient> {
    return this.#keep(await this.subject.open(options));
  }

  async openLimited(): Promise<LimitedClient> {
    const limited = await this.subject.openLimited();
    this.#keep(limited.client);
    return limited;
  }

  map(name: string, data: Record<string, string>, labels?: Record<string, string>): KubernetesObject {
    const metadata = { name, namespace: this.namespace, ...(labels === undefined ? {} : { labels }) };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
  }

  mapReference(name: string): ObjectReference {
    return { apiVersion: 'v1', kind: 'ConfigMap', namespace: this.namespace, name };
  }

  /** A deployment without pods; `more` goes into its spec. */
  deployment(more: KubernetesObject['spec'] = {}): KubernetesObject {
    const labels = { app: 'web' };
    const containers = [{ name: 'web', image: 'example.test/web:1' }];
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: this.namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
        ...more,
      },
    };
  }

  #keep(other: ClusterClient): ClusterClient {
    this.#opened.push(other);
    return other;
  }
}
