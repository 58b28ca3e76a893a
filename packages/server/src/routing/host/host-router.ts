import { revisionId } from '@sluice/core/kernel/ids.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { SplitOrder, TrackStatus } from '@sluice/protocol/host/host-schema.ts';
import type { HostClient } from '../../host-client/host-client.ts';
import type { RouterCapabilities, SplitRequest, TrafficRouter } from '../traffic-router.ts';

const CAPABILITIES: RouterCapabilities = {
  granularityBasisPoints: 1,
  matchOn: ['header', 'cookie', 'path'],
  mirror: true,
  sticky: ['header', 'cookie', 'address'],
  goals: true,
};

/** Splits requests with the router that is part of the host on this machine. */
export const hostRouter = (host: HostClient): TrafficRouter => ({
  capabilities: () => CAPABILITIES,
  apply: (request) => host.orderSplit(request.track, orderOf(request)),
  observe: async (track) => {
    const status = await host.track(track);
    return status?.split
      ? { split: splitFrom(status.split.split), generation: status.split.generation }
      : null;
  },
});

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
