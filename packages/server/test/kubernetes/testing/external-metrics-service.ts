/**
 * Purpose: makes the control plane of a test the external metrics API of a real cluster, as the guide says: an APIService that
 * leads to a proxy with TLS.
 */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, vi } from 'vitest';
import type { ClusterClient } from '../../../src/kubernetes/cluster-client.ts';
import { REAL_CLUSTER_VARIABLE } from '../../../src/targets/testing/played-cluster.ts';
import type { KubernetesRig } from '../kubernetes-rig.ts';

const API = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' } as const;
const NAME = 'v1beta1.external.metrics.k8s.io';
const SERVICE = 'sluice-metrics';

/** A cluster that asks the control plane for external metrics. */
export interface ExternalMetricsService {
  /** Takes it out of the cluster again. */
  close(): Promise<void>;
}

/** Why that cannot be tried with the cluster that the environment names; null: it can. */
export function whyNotRegistered(): string | null {
  const path = process.env[REAL_CLUSTER_VARIABLE];
  if (!path) return `${REAL_CLUSTER_VARIABLE} is not set`;
  const config = new KubeConfig();
  config.loadFromFile(path);
  const { hostname } = new URL(config.getCurrentCluster()?.server ?? 'https://nowhere');
  if (!['localhost', '127.0.0.1', '[::1]'].includes(hostname))
    return 'the cluster that is there for tests runs on another machine, and would have to reach this one';
  return spawnSync('openssl', ['version']).status === 0
    ? null
    : 'there is no openssl to make a certificate with';
}

/** Lets autoscalers of the rig's cluster ask its control plane. */
export async function externalMetricsService(rig: KubernetesRig): Promise<ExternalMetricsService> {
  const { namespace } = rig;
  const { client } = rig.cluster;
  const { cert, key } = await certificateFor(`${SERVICE}.${namespace}.svc`);
  const proxy = createServer({ cert, key }, (asked, reply) => passOn(asked, reply, rig.apiPort));
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  await client.apply({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: SERVICE, namespace } },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  await client.apply({
    ...API,
    metadata: { name: NAME },
    spec: {
      ...{ group: 'external.metrics.k8s.io', version: 'v1beta1' },
      ...{ groupPriorityMinimum: 100, versionPriority: 100 },
      service: { namespace, name: SERVICE, port: (proxy.address() as AddressInfo).port },
      caBundle: cert.toString('base64'),
    },
  });
  await available(client);
  return {
    close: async () => {
      // Or the cluster could not remove any namespace: it asks every API what is left there.
      await client.remove({ ...API, name: NAME });
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

function passOn(asked: IncomingMessage, reply: ServerResponse, port: number): void {
  // The control plane answers to loopback names only.
  const headers = { ...asked.headers, host: '127.0.0.1' };
  const { url: path, method } = asked;
  const onward = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
    reply.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(reply);
  });
  onward.on('error', () => reply.destroy());
  asked.pipe(onward);
}

const available = (client: ClusterClient): Promise<void> =>
  vi.waitFor(
    async () => {
      const service = await client.read({ ...API, name: NAME });
      expect(service?.status?.['conditions']).toEqual([
        expect.objectContaining({ type: 'Available', status: 'True' }),
      ]);
    },
    { timeout: 60_000, interval: 200 },
  );

async function certificateFor(name: string): Promise<{ readonly cert: Buffer; readonly key: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-certificate-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ];
  const subject = ['-subj', '/CN=sluice-metrics', '-addext', `subjectAltName=DNS:${name}`];
  await promisify(execFile)('openssl', [...made, '-keyout', key, '-out', cert, ...subject]);
  const read = { cert: await readFile(cert), key: await readFile(key) };
  await rm(folder, { recursive: true });
  return read;
}
