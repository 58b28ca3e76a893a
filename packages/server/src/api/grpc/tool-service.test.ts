import { ToolRegistryService } from '@sluice/protocol/generated/sluice/agents/v1/tools_pb.js';
import { ROLES } from '@sluice/core/access/roles.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { notFound } from '../../rollouts/problems.ts';
import type { ToolRegistry } from '../../tools/tool-registry.ts';
import { listenOnLoopback } from '../listen-on-loopback.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';
import { toolRegistryService } from './tool-service.ts';

const nothing = () => notFound('It', 'Look elsewhere.');
let asked: string[];
let api: TestApi;
let url: string;
beforeEach(async () => {
  asked = [];
  const registry: Partial<ToolRegistry> = {
    add: async ({ by }) => {
      asked.push(`add by ${by}`);
      return nothing();
    },
    remove: async (_name, _version, by) => {
      asked.push(`remove by ${by}`);
      return nothing();
    },
  };
  const grants = [{ role: 'admin', permissions: ROLES.admin, project: '*', environment: '*' }];
  const ada = { tenant: 'default', subject: 'person:ada', name: 'Ada', groups: [], grants };
  api = testApi({
    access: {
      callerOf: async () => ada,
      mayWith: async () => ({ allowed: true, role: 'admin' }),
      tracksOf: async () => [],
    },
    calls: (router) =>
      router.service(ToolRegistryService, toolRegistryService({ registry: registry as ToolRegistry })),
  });
  ({ url } = await listenOnLoopback(api.app, { port: 0 }));
});
afterEach(() => api.app.close());

it('a call is recorded for whoever makes it, whomever it names', async () => {
  const call = (method: string, body: object) =>
    fetch(`${url}/sluice.agents.v1.ToolRegistryService/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const runner = { kind: 'worker' };
  const definition = { name: 'look-up', version: '1', description: 'Looks up.', input: {}, runner };
  await call('RegisterTool', { definition, by: 'person:mallory' });
  await call('RemoveTool', { name: 'look-up', version: '1', by: 'person:mallory' });
  expect(asked).toEqual(['add by person:ada', 'remove by person:ada']);
});
