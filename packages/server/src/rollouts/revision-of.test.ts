import { expect, it } from 'vitest';
import { SAMPLE_CANARY, sampleComponent } from '@sluice/core/rollout/testing/sample-component.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { revisionOf } from './revision-of.ts';

const COMPONENT = sampleComponent(SAMPLE_CANARY);
const PROCESS = { on: 'machine', run: 'node server.js', source: '/app' } as const;
const COPY = { digest: 'aa', directory: '/bundles/aa', version: undefined };

const revision = (
  component: Partial<ComponentSpec> = {},
  copy: Partial<Parameters<typeof revisionOf>[2]> = {},
) => {
  const spec = { ...COMPONENT, ...component };
  const application = { application: 'shop', environment: 'production', components: [spec], checks: [] };
  return revisionOf(application, spec, { ...COPY, ...copy });
};

it('names a revision after its component and its content, and belongs to its track', () => {
  expect(revision()).toMatchObject({
    id: expect.stringMatching(/^web-[0-9a-f]{12}$/),
    track: 'shop/production/web',
    directory: '/bundles/aa',
  });
});

it('gives the same name to the same content', () => {
  expect(revision().id).toBe(revision({}, { directory: '/elsewhere/aa' }).id);
});

it.each([
  ['its source', {}, { digest: 'bb' }],
  ['how it is started', { workload: { ...PROCESS, run: 'node other.js' } }, {}],
  ['its environment', { env: { LEVEL: 'debug' } }, {}],
  ['its resources', { resources: { cpuMillis: 500, memoryBytes: 0 } }, {}],
  ['the version that a person gave it', {}, { version: 'v2' }],
])('gives another name when %s changes', (_, component, copy) => {
  expect(revision(component, copy).id).not.toBe(revision().id);
});

it.each([
  ['how it is rolled out', { strategy: { ...SAMPLE_CANARY, keepOldMs: 1 } }],
  ['where its source lies', { workload: { ...PROCESS, source: '/elsewhere' } }],
])('keeps its name when only %s changes', (_, component) => {
  expect(revision(component).id).toBe(revision().id);
});

it('is called by its version, or by the beginning of its content when nobody gave it one', () => {
  expect(revision({}, { version: 'v2' }).version).toBe('v2');
  const { id, version } = revision();
  expect(version).toMatch(/^[0-9a-f]{7}$/);
  expect(id.startsWith(`web-${version}`)).toBe(true);
});
