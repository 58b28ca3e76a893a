import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { CheckSpec, ComponentSpec, NeedSpec } from '@sluice/core/rollout/component-spec.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { outgoingUnder } from '../outgoing/testing/outgoing-under.ts';
import { testComponent, testRevision } from '../targets/testing/test-revision.ts';
import { localCheckRunner } from './local-check-runner.ts';

const never = new AbortController().signal;
const IN_CLUSTER: Partial<ComponentSpec> = {
  workload: { on: 'cluster', cluster: 'own', settings: {} } as unknown as ComponentSpec['workload'],
};
const NEEDS = ['tcp', 'http', 'redis', 'postgres'] as const;
let server: Server;
let port = 0;
let connections = 0;
beforeEach(async () => {
  connections = 0;
  server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

function runnerUnder(rules: string, organisation: string | null) {
  // Whatever a name means here lies inside.
  const { judge } = outgoingUnder(rules, { organisation, resolve: async () => ['127.0.0.1'] });
  return localCheckRunner({ environment: {}, judge, isForeign: organisation !== null });
}
const reach = (rules: string, organisation: string | null, need: string, component = IN_CLUSTER) => {
  const [kind] = need.split(':') as [NeedSpec['kind']];
  const address = need.slice(kind.length + 1);
  const revision = testRevision(1, { directory: '/nowhere', component: testComponent(component) });
  return runnerUnder(rules, organisation).reach({ kind, address, timeoutMs: 10_000 }, revision, never);
};
const checked = (rules: string, organisation: string | null, check: Partial<CheckSpec>) => {
  const spec = { name: 'check', timeoutMs: 10_000, attempts: 1, ...check } as CheckSpec;
  const revision = testRevision(1, { directory: '/nowhere', component: testComponent(IN_CLUSTER) });
  const endpoints = [{ host: '127.0.0.1', port }];
  return runnerUnder(rules, organisation).run(spec, { revision, endpoints }, never);
};

it.each(NEEDS)('a need of kind %s of a component in a cluster leads nowhere inside', async (kind) => {
  for (const host of ['127.0.0.1', 'rebinding.example'])
    expect(await reach('', null, `${kind}:${host}:${port}`)).toMatchObject({
      passed: false,
      message: expect.stringContaining(`--allow-outgoing 127.0.0.1:${port}`),
    });
  expect(await reach('0.0.0.0/0', 'acme', `${kind}:127.0.0.1:${port}`)).toMatchObject({
    message: expect.stringContaining('--allow-outgoing acme='),
  });
  expect(connections).toBe(0);
});

it.each(NEEDS)('a need of kind %s is connected to at the address that was judged', async (kind) => {
  await reach(`127.0.0.1:${port}`, null, `${kind}:shop.example:${port}`);
  expect(connections).toBeGreaterThan(0);
});

it('a need is not a socket of the machine', async () => {
  expect(await reach('', null, 'postgres:postgresql:///shop?host=/run/postgresql')).toMatchObject({
    passed: false,
    message: expect.stringContaining('a socket of the machine of the control plane'),
  });
});

it('a component that runs on the machine needs what it may reach from there anyway', async () => {
  expect(await reach('', null, `tcp:127.0.0.1:${port}`, {})).toMatchObject({ passed: true });
});

it.each<[string, Partial<CheckSpec>]>([
  ['tcp', { kind: 'tcp' }],
  ['http', { kind: 'http', path: '/', expectStatus: 200, expectBody: null }],
])('what a cluster of another organisation calls its pods is not believed: %s', async (_, check) => {
  expect(await checked('0.0.0.0/0', 'acme', check)).toMatchObject({
    passed: false,
    message: expect.stringContaining('--allow-outgoing acme='),
  });
  expect(connections).toBe(0);
  await checked('acme=127.0.0.0/8', 'acme', check);
  expect(connections).toBe(1);
  await checked('', null, check);
  expect(connections).toBe(2);
});
