import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import { EMPTY_SPLIT, type Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { SplitInForce } from '../traffic-router.ts';
import { namedRevisions } from './reached-revisions.ts';
import type { RouteKind, RouteNames, RuleBackends } from './route-kind.ts';
import { orderedSplit, type OrderedSplit } from './split-marks.ts';

/**
 * The split that an object really has. As long as it says what was ordered that is the order, under the generation that
 * was confirmed. Where a hand has changed it, it is what its weights say: shares of revisions that are known, and under
 * generation 0, so that the order is given again.
 */
export function splitInForce(
  kind: RouteKind,
  present: KubernetesObject | undefined,
  names: RouteNames,
  known: readonly RevisionId[],
): SplitInForce | null {
  const ordered = orderedSplit(present);
  if (present === undefined || ordered === null) return null;
  const { split, confirmed } = ordered;
  if (split !== null && isAsOrdered(kind, present, { ...ordered, split }))
    return { split, generation: confirmed };
  const revisions = [...new Set([...namedRevisions(split ?? EMPTY_SPLIT), ...known])];
  return { split: splitRead(kind.backends(present), names, revisions), generation: 0 };
}

/** Whether an object still says what it was ordered to. */
export function isAsOrdered(
  kind: RouteKind,
  present: KubernetesObject,
  ordered: OrderedSplit & { readonly split: Split },
): boolean {
  if (kind.madeBy !== 'somebody-else') return ordered.spec !== null && kind.says(present.spec, ordered.spec);
  try {
    return kind.says(present.spec, kind.spec(ordered.split, present));
  } catch (thrown) {
    // Its owner has changed it so that it could not be ordered any more.
    if (thrown instanceof SluiceError) return false;
    throw thrown;
  }
}

/** What all routers have; of splits that differ, the one that the router has which is furthest behind, not in force. */
export function inForceEverywhere(seen: readonly (SplitInForce | null)[]): SplitInForce | null {
  const all = seen.filter((one) => one !== null);
  const [first] = all;
  if (first === undefined || all.length < seen.length) return null;
  const oldest = all.reduce((least, one) => (one.generation < least.generation ? one : least), first);
  const isSame = all.every(({ split }) => canonicalJson(split) === canonicalJson(oldest.split));
  return isSame ? oldest : { ...oldest, generation: 0 };
}

/** Each rule counts as much as any other: nobody knows how many requests it takes. */
function splitRead(
  rules: readonly RuleBackends[],
  { serviceOf, trackService }: RouteNames,
  revisions: readonly RevisionId[],
): Split {
  const leads = (service: string, revision: RevisionId): boolean =>
    service === '*' || service === trackService || service === serviceOf(revision);
  const partOf = ({ weights }: RuleBackends, revision: RevisionId): number => {
    const total = weights.reduce((sum, { weight }) => sum + Math.max(weight, 0), 0);
    const own = weights.filter(({ service }) => leads(service, revision));
    return total === 0 ? 0 : own.reduce((sum, { weight }) => sum + Math.max(weight, 0), 0) / total;
  };
  const weighed = revisions
    .map((revision) => ({ revision, weight: rules.reduce((sum, rule) => sum + partOf(rule, revision), 0) }))
    .filter(({ weight }) => weight > 0);
  const mirrored = revisions.find((revision) =>
    rules.some(({ mirrors }) => mirrors.some((service) => leads(service, revision))),
  );
  return {
    ...EMPTY_SPLIT,
    weights: inBasisPoints(weighed),
    mirror: mirrored === undefined ? null : { revision: mirrored, basisPoints: WHOLE_BASIS_POINTS },
  };
}

/** Weights of any unit as basis points that sum to the whole. Whoever has any has at least one, since it can be reached. */
function inBasisPoints(weighed: readonly { revision: RevisionId; weight: number }[]): Split['weights'] {
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  const rounded = weighed.map(({ revision, weight }) => ({
    revision,
    basisPoints: Math.max(1, Math.round((weight * WHOLE_BASIS_POINTS) / total)),
  }));
  const excess = rounded.reduce((sum, { basisPoints }) => sum + basisPoints, -WHOLE_BASIS_POINTS);
  const largest = rounded.reduce((most, one) => (one.basisPoints > most.basisPoints ? one : most), NONE);
  return rounded.map((one) => (one === largest ? { ...one, basisPoints: one.basisPoints - excess } : one));
}

const NONE = { revision: '' as RevisionId, basisPoints: 0 };
