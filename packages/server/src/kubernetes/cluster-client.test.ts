import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { describe } from 'vitest';
import { describeClusterClient } from './testing/describe-cluster-client.ts';
import { realCluster, testKubeconfigVariable } from './testing/real-cluster.ts';

const kubeconfig = process.env[testKubeconfigVariable] ?? '';
if (kubeconfig === '') {
  reportSkip(`the client of a real Kubernetes cluster: ${testKubeconfigVariable} names no kubeconfig`);
}

// Where no real cluster is named the reason is printed above.
describe.skipIf(kubeconfig === '')('with a real API server', () => {
  describeClusterClient('a real cluster', () => realCluster(kubeconfig));
});
