import { readFileSync } from 'node:fs';
import type { ComponentAdoption } from '../../adopted-component.ts';
import type { AdoptionSettings, ManifestDocument } from '../../adoption.ts';
import { readManifests } from '../../read-manifests.ts';
import { adoptCanary } from '../adopt-canary.ts';

/** What the tests know beside the files. */
export const SETTINGS: AdoptionSettings = {
  application: 'shop',
  environment: 'production',
  cluster: 'eu',
  namespace: 'test',
  prometheus: 'http://prometheus.istio-system:9090',
};

/** The documents of texts, which must be sound YAML. */
export function documentsOf(
  ...files: readonly { text: string; file: string }[]
): readonly ManifestDocument[] {
  return files.flatMap(({ text, file }) => {
    const reading = readManifests(text, file);
    if (!reading.ok) throw new TypeError(JSON.stringify(reading.faults));
    return reading.documents;
  });
}

/** A file of the samples beside the code under test. */
export const sampleFile = (folder: URL, name: string): { text: string; file: string } => ({
  text: readFileSync(new URL(`samples/${name}.yaml`, folder), 'utf8'),
  file: `${name}.yaml`,
});

/** Adopts the one Canary among texts. */
export function adoptTexts(
  files: readonly { text: string; file: string }[],
  settings: AdoptionSettings = SETTINGS,
): ComponentAdoption {
  const documents = documentsOf(...files);
  const canary = documents.find(({ object }) => object.kind === 'Canary');
  if (!canary) throw new TypeError('there is no Canary among the texts');
  return adoptCanary(canary, documents, settings);
}
