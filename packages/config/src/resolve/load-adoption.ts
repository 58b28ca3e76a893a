import { createRequire } from 'node:module';

type Adoption = Pick<typeof import('@sluice/kubernetes/adopt/adopt-manifests.ts'), 'adoptManifests'>;

const require = createRequire(import.meta.url);

/**
 * What understands manifests of other tools, loaded when the first one is met. It is a hundred modules, which a file
 * without manifests never needs. By `require`, because whoever reads a file reads it at once and waits for nothing.
 */
export const loadAdoption = (): Adoption =>
  require('@sluice/kubernetes/adopt/adopt-manifests.ts') as Adoption;
