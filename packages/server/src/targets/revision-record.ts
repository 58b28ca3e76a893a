import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { CheckSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';

/** One immutable revision as it is stored: what was declared, and where its copy of the code lies. */
export interface RevisionRecord {
  readonly id: RevisionId;
  readonly track: TrackId;
  readonly version: string;
  readonly component: ComponentSpec;
  readonly checks: readonly CheckSpec[];
  /** Absolute folder with the immutable copy of the source; null for what has no source of its own, such as an image. */
  readonly directory: string | null;
}
