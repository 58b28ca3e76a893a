import { createHash } from 'node:crypto';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { ApplicationSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { revisionContent } from '@sluice/core/rollout/revision-content.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';

/** Digits of a content hash in a revision's name: 48 bits, enough for any history. */
const DIGITS = 12;

/**
 * Names a revision by everything that makes it what it is: the copy of its source (if it has one), its configuration
 * and, when a person gave one, its version label. How it is rolled out is not part of it.
 */
export function revisionOf(
  application: ApplicationSpec,
  component: ComponentSpec,
  {
    digest,
    directory,
    version,
  }: {
    readonly digest: string | null;
    readonly directory: string | null;
    readonly version: string | undefined;
  },
): RevisionRecord {
  const content = revisionContent(component, { digest, version });
  const hash = createHash('sha256').update(content).digest('hex').slice(0, DIGITS);
  return {
    id: revisionId(`${component.name}-${hash}`),
    track: trackId(application.application, application.environment, component.name),
    version: version ?? hash.slice(0, 7),
    component,
    checks: application.checks,
    directory,
  };
}
