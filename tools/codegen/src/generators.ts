import { cliDocuments } from '@sluice/cli/reference/cli-documents.ts';
import { configurationDocuments } from '@sluice/config/reference/configuration-documents.ts';
import { apiDocuments } from '@sluice/server/api/api-documents.ts';
import { metricDocuments } from '@sluice/server/telemetry/metric-documents.ts';
import type { Generator } from './generator.ts';

/** Every generated file of the repository; a new one is one more line here. */
export const generators: readonly Generator[] = [
  ...configurationDocuments().map(({ path, content }) => ({ path, produce: () => content })),
  ...apiDocuments(),
  ...metricDocuments(),
  ...cliDocuments(),
];
