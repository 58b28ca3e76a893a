import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { afterEach, expect, it } from 'vitest';
import { type FakeCluster, fakeCluster } from '../cluster/fake-cluster.ts';
import { DEPLOYMENTS } from './objects/resource.ts';
import { templateOf } from './testing/test-cluster.ts';
import { systemClock } from './watching/clock.ts';
import { Informers } from './watching/informers.ts';

const children: ChildProcess[] = [];
let cluster: FakeCluster | undefined;
let informers: Informers | undefined;
let folder = '';

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  informers?.stop();
  await cluster?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a program of this package and resolves with its first line. */
async function start(program: string, ...options: readonly string[]): Promise<[ChildProcess, string]> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [file, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return [child, line.toString()];
}

it('controllers and nodes as processes of their own bring a cluster to life over HTTP, and end when told', async () => {
  cluster = fakeCluster();
  const listener = await cluster.listen();
  folder = await mkdtemp(join(tmpdir(), 'fake-kubernetes-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText(listener.url, cluster.tokens['admin'] ?? ''));
  const [controllers, said] = await start('main.ts', '--kubeconfig', kubeconfig);
  const [player, nodes] = await start(
    '../node-player/main.ts',
    '--kubeconfig',
    kubeconfig,
    '--nodes',
    '2',
    '--delay',
    '50ms',
  );
  expect([said, nodes]).toEqual(['controllers run\n', '2 nodes\n']);
  await cluster.caller.send({
    method: 'POST',
    path: '/apis/apps/v1/namespaces/default/deployments',
    body: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: templateOf('web') },
    },
  });
  informers = new Informers(cluster.caller, systemClock);
  await new Promise<void>((resolve) => {
    informers?.of(DEPLOYMENTS).onChange((now) => {
      if (now?.status?.availableReplicas === 2) resolve();
    });
  });
  for (const child of [controllers, player]) {
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  }
});

function kubeconfigText(server: string, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'admin' } }],
    'current-context': 'fake',
  });
}
