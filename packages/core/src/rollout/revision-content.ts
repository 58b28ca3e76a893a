import { canonicalJson } from '../kernel/canonical-json.ts';
import type { ComponentSpec } from './component-spec.ts';

/** What makes a revision what it is, beside its component. */
export interface RevisionSource {
  /** Names the copy of its source; null for what has no source of its own. */
  readonly digest: string | null;
  /** The label that a person gave it. */
  readonly version: string | undefined;
}

/**
 * Everything that makes a revision what it is, as one text: equal texts are the same revision. How it is rolled out is not
 * part of it, nor where its source lies; only what that holds.
 */
export function revisionContent(component: ComponentSpec, { digest, version }: RevisionSource): string {
  const { strategy: _strategy, workload, ...runs } = component;
  const runsAs = workload.on === 'machine' ? { run: workload.run, digest } : workload;
  return canonicalJson({ runs, runsAs, version });
}
