import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { splitFault, type MatchCondition } from '@sluice/core/traffic/split.ts';
import type { RouterCapabilities, SplitRequest } from '../traffic-router.ts';

/**
 * Refuses an order that a cluster's routers cannot carry out whole, before anything is changed.
 * @throws SluiceError `unsupported`, or `invalid-input` for a split that no router could carry out
 */
export function refuseSplit({ split, track, goal }: SplitRequest, capabilities: RouterCapabilities): void {
  const invalid = splitFault(split) ?? conditionFault(split.matches.flatMap(({ conditions }) => conditions));
  if (invalid !== undefined)
    throw new SluiceError('invalid-input', `The split of ${track} cannot be applied: ${invalid}.`, {
      next: 'stop',
    });
  const foreign = split.matches
    .flatMap(({ conditions }) => conditions)
    .find(({ on }) => !capabilities.matchOn.includes(on));
  const unsupported = [
    split.mirror !== null && !capabilities.mirror ? 'mirrors requests' : undefined,
    goal !== null && !capabilities.goals ? 'counts goals' : undefined,
    split.sticky !== null && !capabilities.sticky.includes(split.sticky.by)
      ? `keeps users by ${split.sticky.by}`
      : undefined,
    foreign && `matches on ${foreign.on}`,
    split.matches.length > 0 && capabilities.matchOn.length === 0 ? 'matches requests' : undefined,
  ].find((fault) => fault !== undefined);
  if (unsupported !== undefined)
    throw cannotSay(`the split of ${track} ${unsupported}, which its routers in the cluster cannot do`);
}

/** The failure of a split that an object has no words for. */
export const cannotSay = (what: string): SluiceError =>
  new SluiceError('unsupported', `${what}; choose another strategy or router`, { next: 'ask-human' });

function conditionFault(conditions: readonly MatchCondition[]): string | undefined {
  const comparisons = ({ equals, prefix, oneOf }: MatchCondition): number =>
    [equals, prefix, oneOf].filter((comparison) => comparison !== undefined).length;
  if (conditions.some((condition) => comparisons(condition) !== 1))
    return 'a condition does not compare in exactly one way';
  return conditions.some(({ oneOf }) => oneOf?.length === 0) ? 'a condition allows no value' : undefined;
}
