import type { ManifestDocument, ManifestFault } from './adoption.ts';

/** The documents of a file, or everything that is wrong with it. */
export type ManifestReading =
  | { readonly ok: true; readonly documents: readonly ManifestDocument[] }
  | { readonly ok: false; readonly faults: readonly ManifestFault[] };
