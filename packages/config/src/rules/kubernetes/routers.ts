import type { Fault } from '../../diagnostics/diagnostic.ts';
import type { SourcePath } from '../../document/source-value.ts';
import type { RouterInput, RoutersInput } from '../../language/kubernetes/router-language.ts';
import type { Loose } from '../../reading/loose.ts';
import { writtenBlocks } from '../../resolve/merged-kubernetes.ts';
import { listOf } from '../../resolve/strategy-body.ts';
import type { EnvironmentRule } from '../rule.ts';

/** Routers that are written can be made or found, and each kind stands in a list once. */
export const routersAreWhole: EnvironmentRule = (components) =>
  components.flatMap((component) =>
    writtenBlocks(component).flatMap(({ path, block }) => blockFaults(block.router, [...path, 'router'])),
  );

function blockFaults(written: Loose<RoutersInput> | undefined, place: SourcePath): readonly Fault[] {
  if (written === undefined) return [];
  const routers = listOf(written);
  const placeOf = (index: number): SourcePath => (Array.isArray(written) ? [...place, index] : place);
  return routers.flatMap((router, index) => {
    if (router === undefined) return [];
    const before = routers.slice(0, index).map(kindOf);
    return [...besideFault(router, before, placeOf(index)), ...routerFaults(router, placeOf(index))];
  });
}

const kindOf = (router: Loose<RouterInput> | undefined): string | undefined =>
  typeof router === 'object' ? Object.keys(router)[0] : router;

function besideFault(
  router: Loose<RouterInput>,
  before: readonly (string | undefined)[],
  path: SourcePath,
): readonly Fault[] {
  const kind = kindOf(router);
  if (before.includes(kind)) return [{ path, at: 'value', says: `is ${kind} a second time` }];
  if (before.length === 0 || (kind !== 'service' && !before.includes('service'))) return [];
  return [{ path, at: 'value', says: 'stands beside service, which is no router; leave service away' }];
}

function routerFaults(router: Loose<RouterInput>, path: SourcePath): readonly Fault[] {
  if (router === 'gateway-api') return [withoutParents(path)];
  if (typeof router !== 'object') return [];
  const { 'gateway-api': gateway, istio } = router;
  if (gateway !== undefined) {
    const place = [...path, 'gateway-api'];
    if (!('parents' in gateway) && !('name' in gateway)) return [withoutParents(place)];
    return 'parents' in gateway && 'name' in gateway ? [ownedByRoute([...place, 'parents'], 'name')] : [];
  }
  if (istio === undefined || !('virtual-service' in istio)) return [];
  return (['gateways', 'hosts'] as const)
    .filter((key) => key in istio)
    .map((key) => ownedByRoute([...path, 'istio', key], 'virtual-service'));
}

const withoutParents = (path: SourcePath): Fault => ({
  path,
  at: 'value',
  says: 'does not say which Gateway; write { gateway-api: { parents: NAMESPACE/GATEWAY } }, or the name of a route that exists',
});

const ownedByRoute = (path: SourcePath, key: string): Fault => ({
  path,
  at: 'key',
  says: `is what the route under "${key}" says already, and it keeps that; remove one of them`,
});
