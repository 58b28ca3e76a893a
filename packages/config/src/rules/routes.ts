import type { Fault } from '../diagnostics/diagnostic.ts';
import { resolveRoute } from '../resolve/resolve-route.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { RouterInput } from '../language/kubernetes/router-language.ts';
import type { Loose } from '../reading/loose.ts';
import { mergedKubernetes } from '../resolve/merged-kubernetes.ts';
import { type PlacedComponent, decided } from '../resolve/placed-component.ts';
import { placesOf } from '../resolve/placed-target.ts';
import { listOf } from '../resolve/strategy-body.ts';
import { isOfAgents } from './agents.ts';
import type { EnvironmentRule } from './rule.ts';

/** No two components of an environment claim the same requests of the same router. */
export const routesDiffer: EnvironmentRule = (components) => {
  const claimed = new Map<string, PlacedComponent>();
  return components.flatMap((component): readonly Fault[] => {
    if (isOfAgents(component)) return [];
    const route = decided(component, 'route');
    if (route && !isReadable(route.value)) return [];
    const { host, path } = resolveRoute(route?.value);
    const claims = doorsOf(component).map((door) => `${door} ${host ?? ''}${path}`);
    const owner = claims.map((claim) => claimed.get(claim)).find((claimant) => claimant !== undefined);
    for (const claim of claims) claimed.set(claim, claimed.get(claim) ?? component);
    if (!owner) return [];
    const what = `${host ?? 'any host'}${host === null ? `, path ${path}` : path}`;
    const says = `claims the same requests as component ${owner.name} (${what})`;
    if (route)
      return [{ path: route.path, at: 'value', says: `${says}; give one of them another host or path` }];
    return [{ path: component.path, at: 'key', says: `${says}; give one of them a route` }];
  });
};

/**
 * Through what requests come to a component: the router of the machine, gateways of a cluster. A plain Service, the
 * sidecars of a mesh, and routes that exist already have addresses of their own, so that nothing is claimed there.
 */
function doorsOf(component: PlacedComponent): readonly string[] {
  return placesOf(component).flatMap((place) => {
    if (place.on === 'machine') return ['machine'];
    const block = mergedKubernetes(component, place);
    const namespace = place.namespace ?? block.namespace ?? DEFAULTS.kubernetes.namespace;
    return listOf(block.router).flatMap((router) =>
      gatewaysOf(router).map((gateway) =>
        [place.cluster, gateway.includes('/') ? gateway : `${namespace}/${gateway}`].join(' '),
      ),
    );
  });
}

function gatewaysOf(router: Loose<RouterInput> | undefined): readonly string[] {
  if (typeof router !== 'object') return [];
  const { 'gateway-api': gateway, istio } = router;
  const parents = listOf(gateway?.parents).map((parent) =>
    typeof parent === 'object' ? parent.gateway : parent,
  );
  const gateways = istio && 'hosts' in istio ? [] : listOf(istio?.gateways).filter((name) => name !== 'mesh');
  return [...parents, ...gateways].filter((name) => name !== undefined);
}

/** A route that was refused claims nothing. */
const isReadable = (route: object | undefined): boolean =>
  route !== undefined &&
  Object.keys(route).length > 0 &&
  Object.values(route).every((part) => part !== undefined);
