import { sameTraffic } from '../world/tables.ts';
import type { HostOrder } from '../world/host-order.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { promised } from './broken-promise.ts';
import type { Checker, Ground } from './checker.ts';

const PROMISE = '5 effects';

/** 5. Every effect performed was committed before; none is performed twice with different content. */
export function watchFencing({ host, store }: Ground): Checker {
  return {
    ordered: (order, answer) => {
      const { generation } = order;
      const committed = store.committed(generation);
      promised(
        PROMISE,
        committed !== undefined && wasOrdered(committed, order),
        () => `an order (${order.kind}) came that generation ${generation} does not contain`,
      );
      promised(
        PROMISE,
        answer !== 'generation-reused',
        () => `generation ${generation} ordered two things for the same ${order.kind}`,
      );
      promised(
        PROMISE,
        host.fence.generation <= store.track.version,
        () => 'the host obeys a generation that is not committed',
      );
    },
    checksStarted: ({ key, revision, names }, { version }) => {
      const round = store.committed(version)?.active?.checks;
      promised(
        PROMISE,
        round?.key === key &&
          round.revision === revision &&
          names.every((name) => round.names.includes(name)),
        () => `the checks ${key} were started and generation ${version} did not order them`,
      );
    },
  };
}

function wasOrdered({ split, capacity }: TrackState, order: HostOrder): boolean {
  if (order.kind === 'split') return sameTraffic(split, order.split);
  const ordered = capacity[order.revision];
  if (order.kind === 'retire') return ordered?.retiring === true;
  return ordered?.retiring === false && ordered.instances === order.instances;
}
