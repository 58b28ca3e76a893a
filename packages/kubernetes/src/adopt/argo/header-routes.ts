import type { UserMatch } from '@sluice/core/rollout/step.ts';
import type { MatchCondition } from '@sluice/core/traffic/split.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import { containsWords } from '../workloads/contained-text.ts';
import { type ArgoAdoption, faultOf } from './argo-adoption.ts';
import type { HeaderRoute, MirrorRoute, StringMatch, TrafficRouting } from './rollout-spec.ts';

/**
 * The requests of a header route. With Istio Argo writes one match per header, any of which suffices; its plugin for the
 * Gateway API writes them into one match, so that all must hold. Empty after a fault, and when the route is taken away.
 */
export function headerMatches(
  adoption: ArgoAdoption,
  route: HeaderRoute,
  routing: TrafficRouting,
  path: ManifestPath,
): readonly UserMatch[] {
  checkManaged(adoption, route.name, routing, path);
  const conditions = (route.match ?? []).flatMap(({ headerName, headerValue }, index) => {
    const at = [...path, 'match', index, 'headerValue'];
    const condition = conditionOf(adoption, headerName, headerValue, at);
    return condition ? [condition] : [];
  });
  if (conditions.length === 0) return [];
  return routing.istio ? conditions.map((condition) => ({ conditions: [condition] })) : [{ conditions }];
}

function conditionOf(
  adoption: ArgoAdoption,
  header: string,
  { exact, prefix, regex }: StringMatch,
  path: ManifestPath,
): MatchCondition | undefined {
  const name = header.toLowerCase();
  if (exact !== undefined) return { on: 'header', name, equals: exact };
  if (prefix !== undefined) return { on: 'header', name, prefix };
  const alternatives = oneOfTexts(regex ?? '');
  if (alternatives) return { on: 'header', name, oneOf: alternatives };
  faultOf(
    adoption,
    path,
    `Sluice matches headers by their whole value, by its beginning or by one of several values; the regular expression \`${regex}\` is none of these.${containsWords(regex ?? '')} Write exact or prefix, or \`^(one|other)$\`.`,
  );
  return undefined;
}

/** The texts of `^(one|other)$`; undefined for any other regular expression. */
function oneOfTexts(regex: string): readonly string[] | undefined {
  const inner =
    /^\^?\((?:\?:)?([\w\-/ ,=@|]+)\)\$?$/.exec(regex)?.[1] ?? /^\^?([\w\-/ ,=@]+)\$?$/.exec(regex)?.[1];
  return inner?.split('|');
}

/** The share of requests that a mirror route copies, in basis points; 0 after a fault, and when it is taken away. */
export function mirrorBasisPoints(
  adoption: ArgoAdoption,
  route: MirrorRoute,
  routing: TrafficRouting,
  path: ManifestPath,
): number {
  checkManaged(adoption, route.name, routing, path);
  const matches = route.match ?? [];
  if (matches.length === 0) return 0;
  if (!matches.some(isEverything)) {
    faultOf(
      adoption,
      [...path, 'match'],
      'Sluice mirrors a share of all requests and cannot choose among them by method, path or header. Match everything (`path: {prefix: /}`) and set the percentage.',
    );
    return 0;
  }
  return (route.percentage ?? 100) * 100;
}

const isEverything = ({ method, path, headers }: NonNullable<MirrorRoute['match']>[number]): boolean =>
  !method && Object.keys(headers ?? {}).length === 0 && (!path || path.prefix === '/' || path.regex === '.*');

/** Argo refuses a route that it was not told to manage. */
function checkManaged(
  adoption: ArgoAdoption,
  name: string | undefined,
  { managedRoutes }: TrafficRouting,
  path: ManifestPath,
): void {
  if (managedRoutes?.some((route) => route.name === name)) return;
  faultOf(
    adoption,
    [...path, 'name'],
    `The route ${name ?? 'without a name'} is not among trafficRouting.managedRoutes, and Argo refuses that.`,
  );
}
