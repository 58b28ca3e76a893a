import { createHash } from 'node:crypto';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import type { RouteSpec } from '@sluice/core/rollout/component-spec.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { SplitOrder, TrackStatus } from '@sluice/protocol/host/host-schema.ts';
import type { HostClient } from '../../host-client/host-client.ts';
import type { RouterCapabilities, SplitRequest, TrafficRouter } from '../traffic-router.ts';

const CAPABILITIES: RouterCapabilities = {
  shares: 'exact',
  granularityBasisPoints: 1,
  matchOn: ['header', 'cookie', 'path'],
  mirror: true,
  sticky: ['header', 'cookie', 'address'],
  goals: true,
};

/** Splits requests with the router that is part of the host on this machine. */
export const hostRouter = (host: HostClient): TrafficRouter => ({
  capabilities: () => CAPABILITIES,
  apply: (request) => applySplit(host, request),
  observe: async (track) => {
    const status = await host.track(track);
    return status?.split
      ? { split: splitFrom(status.split.split), generation: status.split.generation }
      : null;
  },
});

/**
 * Who serves nothing needs no route, and must be able to say so: an order without anything to send that is refused for
 * its route, because another track has that or the host cannot use it, is given again for a route that nobody asks for.
 */
async function applySplit(host: HostClient, request: SplitRequest): Promise<void> {
  try {
    await host.orderSplit(request.track, orderOf(request));
  } catch (thrown) {
    if (!(servesNothing(request.split) && isRefusedAsIs(thrown))) throw thrown;
    await host.orderSplit(request.track, orderOf({ ...request, route: nobodysRoute(request), goal: null }));
  }
}

const servesNothing = ({ weights, matches, mirror }: Split): boolean =>
  weights.length === 0 && matches.length === 0 && mirror === null;

const isRefusedAsIs = (thrown: unknown): boolean =>
  thrown instanceof SluiceError && thrown.code === 'invalid-input';

/** One per track, as even such a route has one owner. No name under `invalid` is ever anybody's (RFC 6761, 6.4). */
function nobodysRoute({ track }: SplitRequest): RouteSpec {
  const digest = createHash('sha256').update(track).digest('hex').slice(0, 32);
  return { host: `${digest}.invalid`, path: '/' };
}

function orderOf({ generation, split, route, request, goal }: SplitRequest): SplitOrder {
  const { weights, matches, mirror, sticky, salt } = split;
  return {
    generation,
    route: { ...route, ...request, goal },
    split: {
      weights: [...weights],
      matches: matches.map(({ conditions, revision }) => ({
        conditions: conditions.map(conditionOf),
        revision,
      })),
      mirror,
      sticky,
      salt,
    },
  };
}

type WireSplit = NonNullable<TrackStatus['split']>['split'];
type WireCondition = WireSplit['matches'][number]['conditions'][number];

function conditionOf(condition: Split['matches'][number]['conditions'][number]): WireCondition {
  const { oneOf, ...plain } = condition;
  return oneOf ? { ...plain, oneOf: [...oneOf] } : plain;
}

function splitFrom(wire: WireSplit): Split {
  const weightFrom = ({ revision, basisPoints }: { revision: string; basisPoints: number }) => ({
    revision: revisionId(revision),
    basisPoints,
  });
  return {
    weights: wire.weights.map(weightFrom),
    matches: wire.matches.map(({ conditions, revision }) => ({
      conditions: conditions as Split['matches'][number]['conditions'],
      revision: revisionId(revision),
    })),
    mirror: wire.mirror && weightFrom(wire.mirror),
    sticky: wire.sticky,
    salt: wire.salt,
  };
}
