import type { RouteSpec } from '@sluice/core/rollout/component-spec.ts';
import type { ComponentInput } from '../language/component-language.ts';
import type { Loose } from '../reading/loose.ts';

/** A route with its defaults; without any it takes all requests. A slash at the end of the path means nothing. */
export function resolveRoute(route: Loose<ComponentInput['route']>): RouteSpec {
  const path = (route?.path ?? '/').replace(/\/+$/, '');
  return { host: route?.host ?? null, path: path === '' ? '/' : path };
}
