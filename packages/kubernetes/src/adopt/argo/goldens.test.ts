import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adoptManifests } from '../adopt-manifests.ts';
import { printAdoption } from '../flagger/testing/print-adoption.ts';
import { adoptText, SETTINGS } from './testing/adopt-text.ts';

const sample = (name: string): string =>
  readFileSync(new URL(`samples/${name}.yaml`, import.meta.url), 'utf8');

test.each([
  'istio-canary',
  'gateway-canary',
  'pods-canary',
  'blue-green',
  'experiment',
  'rolling',
  'refused',
  'refused-metrics',
])('the Rollout %s is adopted as it was reviewed', async (name) => {
  const text = printAdoption(adoptText(sample(name)));
  await expect(text).toMatchFileSnapshot(`goldens/${name}.golden.txt`);
});

test('every document of a sample that is understood belongs to its component', () => {
  for (const name of ['istio-canary', 'gateway-canary', 'pods-canary', 'blue-green', 'experiment']) {
    const adoption = adoptManifests([{ file: `${name}.yaml`, text: sample(name) }], SETTINGS);
    expect(adoption.ok && adoption.unused, name).toEqual([]);
  }
});
