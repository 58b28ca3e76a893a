import type { ManifestDocument, ManifestFault } from './adoption.ts';

/** Says of every object that stands a second time, in the same file or in another, where the first is. */
export function duplicateFaults(documents: readonly ManifestDocument[]): readonly ManifestFault[] {
  const first = new Map<string, ManifestDocument>();
  const faults: ManifestFault[] = [];
  for (const document of documents) {
    const { kind, metadata } = document.object;
    const identity = JSON.stringify([groupOf(document), kind, metadata.namespace ?? null, metadata.name]);
    const earlier = first.get(identity);
    if (earlier === undefined) first.set(identity, document);
    else
      faults.push({
        file: document.file,
        line: document.line([]),
        path: `${kind} ${metadata.name}`,
        message: `It is declared twice; first in ${earlier.file}, line ${earlier.line([])}. Keep one of the two.`,
      });
  }
  return faults;
}

const groupOf = ({ object }: ManifestDocument): string =>
  object.apiVersion.includes('/') ? (object.apiVersion.split('/')[0] ?? '') : '';
