import { formatShare } from '@sluice/core/kernel/share.ts';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import { mayReach, shareOf, type Split, splitFault } from '@sluice/core/traffic/split.ts';
import type { RevisionId } from '@sluice/core/kernel/ids.ts';

/** What a host knows of a revision when it judges a split. */
export interface KnownRevision {
  readonly ready: number;
  readonly retiring: boolean;
}

/**
 * Whether a split may come in force: it is sound, names only revisions that the host runs, and gives no revision more
 * than it has now unless one of its instances is ready. When none is ready anywhere nothing is gained by a refusal.
 */
export function admitSplit(
  split: Split,
  inForce: Split | null,
  revisions: ReadonlyMap<string, KnownRevision>,
): Result<undefined> {
  const fault = splitFault(split);
  if (fault !== undefined)
    return refuse('split-invalid', `The split cannot be applied: ${fault}.`, 'Correct the split.');
  for (const revision of namedIn(split)) {
    const refusal = refuseUnknown(split, revision, revisions.get(revision));
    if (refusal) return refusal;
  }
  const someReady = [...revisions.values()].some(({ ready }) => ready > 0);
  for (const { revision, basisPoints } of split.weights) {
    const present = inForce === null ? 0 : shareOf(inForce, revision);
    if (basisPoints <= present || !someReady || (revisions.get(revision)?.ready ?? 0) > 0) continue;
    return refuse(
      'no-ready-instance',
      `The split gives ${formatShare(basisPoints)} to the revision ${revision}, which has no ready instance.`,
      'Wait until one of its instances is ready; the track status says why none is.',
    );
  }
  return ok(undefined);
}

function namedIn(split: Split): ReadonlySet<RevisionId> {
  const mirrored = split.mirror === null ? [] : [split.mirror];
  return new Set([...split.weights, ...split.matches, ...mirrored].map(({ revision }) => revision));
}

function refuseUnknown(
  split: Split,
  revision: RevisionId,
  known: KnownRevision | undefined,
): Result<never> | undefined {
  if (known === undefined)
    return refuse(
      'revision-not-run',
      `The split names the revision ${revision}, which this host does not run.`,
      'Order the revision first, or leave it out of the split.',
    );
  if (known.retiring && mayReach(split, revision))
    return refuse(
      'revision-retiring',
      `The split sends requests to the revision ${revision}, which is being retired.`,
      'Order the revision again under a newer generation, or leave it out of the split.',
    );
  return undefined;
}
