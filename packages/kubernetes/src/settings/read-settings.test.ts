import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { expect, it } from 'vitest';
import { kubernetesSettings } from './read-settings.ts';

const SETTINGS = { namespace: 'shop', workload: { kind: 'container' }, routers: [{ kind: 'service' }] };

const on = (settings: object): Pick<ComponentSpec, 'name' | 'workload'> => ({
  name: 'web',
  workload: { on: 'cluster', cluster: 'eu', settings: { ...settings } },
});

it('settings come back as they were stored', () => {
  expect(kubernetesSettings(on(SETTINGS))).toEqual(SETTINGS);
});

it.each([
  ['there is no namespace', { ...SETTINGS, namespace: undefined }],
  ['the kind of the workload is unknown', { ...SETTINGS, workload: { kind: 'pod' } }],
  ['the kind of the workload is unknown', { ...SETTINGS, workload: null }],
  ['there is no router', { ...SETTINGS, routers: [] }],
  ['the kind of a router is unknown', { ...SETTINGS, routers: [{ kind: 'service' }, { kind: 'traefik' }] }],
])('what another version stored is refused: %s', (reason, settings) => {
  expect(() => kubernetesSettings(on(settings))).toThrow(
    `Reading the Kubernetes settings of component web: ${reason}. They were stored by another version`,
  );
});

it('a component of a machine has none', () => {
  const web = { name: 'web', workload: { on: 'machine', run: './serve', source: '/srv' } } as const;
  expect(() => kubernetesSettings(web)).toThrow('bug: component web was taken to a cluster');
});
