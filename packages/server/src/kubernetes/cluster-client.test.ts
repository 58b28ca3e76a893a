import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { describe } from 'vitest';
import { describeClusterClientContract } from './testing/cluster-client.contract.ts';
import { realCluster, testKubeconfigVariable } from './testing/real-cluster.ts';

const kubeconfig = process.env[testKubeconfigVariable] ?? '';
if (kubeconfig === '') {
  reportSkip(`the client of a real Kubernetes cluster: ${testKubeconfigVariable} names no kubeconfig`);
}

// Where no real cluster is named the reason is printed above.
describe.skipIf(kubeconfig === '')('with a real API server', () => {
  describeClusterClientContract('a real cluster', () => realCluster(kubeconfig));
});
