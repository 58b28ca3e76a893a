import type { Fault } from '../diagnostics/diagnostic.ts';
import { resolveRoute } from '../resolve/resolve-route.ts';
import { type PlacedComponent, decided } from '../resolve/placed-component.ts';
import type { EnvironmentRule } from './rule.ts';

/** No two components of an environment claim the same requests. */
export const routesDiffer: EnvironmentRule = (components) => {
  const claimed = new Map<string, PlacedComponent>();
  return components.flatMap((component): readonly Fault[] => {
    const route = decided(component, 'route');
    if (route && !isReadable(route.value)) return [];
    const { host, path } = resolveRoute(route?.value);
    const claim = `${host ?? ''}${path}`;
    const owner = claimed.get(claim);
    claimed.set(claim, owner ?? component);
    if (!owner) return [];
    const what = `${host ?? 'any host'}${host === null ? `, path ${path}` : path}`;
    const says = `claims the same requests as component ${owner.name} (${what})`;
    if (route)
      return [{ path: route.path, at: 'value', says: `${says}; give one of them another host or path` }];
    return [{ path: component.path, at: 'key', says: `${says}; give one of them a route` }];
  });
};

/** A route that was refused claims nothing. */
const isReadable = (route: object | undefined): boolean =>
  route !== undefined &&
  Object.keys(route).length > 0 &&
  Object.values(route).every((part) => part !== undefined);
