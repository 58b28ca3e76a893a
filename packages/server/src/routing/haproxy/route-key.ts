import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RouteSpec } from '@sluice/core/rollout/component-spec.ts';
import type { SplitRequest } from '../traffic-router.ts';
import type { RouterState } from './router-state.ts';

/** The key of a route in the routes map: the host or `*`, then the path with a slash at its end. */
export const routeKey = ({ host, path }: RouteSpec): string =>
  `${host?.toLowerCase() ?? '*'}${path.endsWith('/') ? path : `${path}/`}`;

/**
 * Refuses a route on which another track serves already.
 * @throws SluiceError `conflict`
 */
export function requireFreeRoute({ tracks }: RouterState, { track, route }: SplitRequest): void {
  const holder = Object.entries(tracks).find(
    ([other, order]) => other !== track && order.serves && routeKey(order.route) === routeKey(route),
  );
  if (holder === undefined) return;
  const where = `${route.host ?? 'any host'} at ${route.path}`;
  throw new SluiceError('conflict', `${track} cannot be routed from ${where}: ${holder[0]} is.`, {
    next: 'ask-human',
  });
}
