import { describe, expect, test } from 'vitest';
import { adoptTexts, sampleFile } from './testing/adopt-sample.ts';
import { printAdoption } from './testing/print-adoption.ts';

const here = new URL('./', import.meta.url);

describe('a Canary reads in Sluice as in its golden file', () => {
  test.each([
    'istio-weights',
    'gateway-affinity',
    'gateway-matches',
    'kubernetes-blue-green',
    'linkerd-mirror',
    'skipped',
    'daemon-set',
  ])('%s', async (name) => {
    const adoption = adoptTexts([sampleFile(here, name), sampleFile(here, 'podinfo-deployment')]);
    await expect(printAdoption(adoption)).toMatchFileSnapshot(`goldens/${name}.golden.txt`);
  });
});
