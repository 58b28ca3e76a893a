import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { ClusterClient } from '../../../src/kubernetes/cluster-client.ts';
import type { PrometheusProcess } from '../../../src/metrics/prometheus/testing/prometheus-process.ts';

/** For tests: lets a Prometheus scrape the running pods of a namespace, under their names; returns how to stop that. */
export function scrapePods(
  prometheus: PrometheusProcess,
  client: ClusterClient,
  namespace: string,
  port: number,
): () => Promise<void> {
  const { mirror, release } = client.mirror({ apiVersion: 'v1', kind: 'Pod', namespace });
  let told = '';
  let telling = Promise.resolve();
  const tell = (): void => {
    const targets = mirror.all().flatMap((pod) => {
      const host = addressOf(pod);
      return host === undefined ? [] : [{ host, port, labels: { pod: pod.metadata.name, namespace } }];
    });
    const text = JSON.stringify(targets);
    if (text === told) return;
    told = text;
    telling = telling.then(() => prometheus.scrape(targets));
  };
  const end = mirror.onChange(tell);
  return async () => {
    end();
    release();
    await telling;
  };
}

function addressOf({ status }: KubernetesObject): string | undefined {
  const address = status?.['podIP'];
  return status?.['phase'] === 'Running' && typeof address === 'string' ? address : undefined;
}
