import type { AdoptionSettings, ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from '../workloads/adoption-notes.ts';
import type { CanarySpec } from './canary-spec.ts';
import type { FlaggerNames } from './flagger-names.ts';
import type { Provider } from './provider.ts';

/** A Canary being read, with all that its parts depend on. */
export interface CanaryReading {
  readonly notes: AdoptionNotes;
  readonly document: ManifestDocument;
  readonly documents: readonly ManifestDocument[];
  readonly settings: AdoptionSettings;
  readonly namespace: string;
  readonly spec: CanarySpec;
  readonly provider: Provider;
  readonly names: FlaggerNames;
  /** Where Prometheus is for checks that do not say it themselves; null: nobody said. */
  readonly prometheus: string | null;
}
