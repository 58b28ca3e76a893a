import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { MatchCondition, Split } from '@sluice/core/traffic/split.ts';
import { splitFault } from '@sluice/core/traffic/split.ts';
import type { RouterCapabilities, SplitRequest } from '../traffic-router.ts';
import { MOST_ARMS } from './render-configuration.ts';

/** Letters that stand for themselves in HAProxy's maps and on its command line. */
const PLAIN_PATH = /^\/[\w.~!$&()*+,=:@%/-]*$/;
const PLAIN_HOST = /^[\w.:[\]-]+$/;

/**
 * Refuses an order that this router cannot carry out whole, before anything is changed.
 * @throws SluiceError `unsupported`, or `invalid-input` for a split that no router could carry out
 */
export function refuseUnsupported(request: SplitRequest, capabilities: RouterCapabilities): void {
  const { split, track } = request;
  const invalid = splitFault(split) ?? conditionFault(split);
  if (invalid !== undefined)
    throw new SluiceError('invalid-input', `The split of ${track} cannot be applied: ${invalid}.`, {
      next: 'stop',
    });
  const unsupported = [
    routeFault(request),
    split.mirror === null ? undefined : 'mirrors requests',
    request.goal === null ? undefined : 'counts goals',
    split.weights.length > MOST_ARMS ? `weighs more than ${MOST_ARMS} revisions` : undefined,
    ...ruleFaults(split, capabilities),
  ].find((fault) => fault !== undefined);
  if (unsupported !== undefined)
    throw new SluiceError(
      'unsupported',
      `The split of ${track} ${unsupported}, which this HAProxy cannot do; choose another strategy or router.`,
      { next: 'ask-human' },
    );
}

function ruleFaults({ sticky, matches }: Split, capabilities: RouterCapabilities): (string | undefined)[] {
  const foreign = matches
    .flatMap(({ conditions }) => conditions)
    .find(({ on }) => !capabilities.matchOn.includes(on));
  return [
    sticky && !capabilities.sticky.includes(sticky.by) ? `keeps users by ${sticky.by}` : undefined,
    foreign && `matches on ${foreign.on}`,
    matches.length > 0 && capabilities.matchOn.length === 0 ? 'matches requests' : undefined,
  ];
}

function routeFault({ route }: SplitRequest): string | undefined {
  if (!PLAIN_PATH.test(route.path)) return `is routed at ${JSON.stringify(route.path)}`;
  const isPlain = route.host === null || PLAIN_HOST.test(route.host);
  return isPlain ? undefined : `is routed at the host ${JSON.stringify(route.host)}`;
}

function conditionFault({ matches }: Split): string | undefined {
  const comparisons = ({ equals, prefix, oneOf }: MatchCondition): number =>
    [equals, prefix, oneOf].filter((comparison) => comparison !== undefined).length;
  const ambiguous = matches
    .flatMap(({ conditions }) => conditions)
    .some((condition) => comparisons(condition) > 1);
  return ambiguous ? 'a condition compares in more than one way' : undefined;
}
