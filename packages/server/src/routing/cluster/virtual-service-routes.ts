import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { Split, Weight } from '@sluice/core/traffic/split.ts';
import type { RouteNames, RuleBackends } from './route-kind.ts';
import { httpMatchesOf, type HttpMatch } from './virtual-service-matches.ts';

/** Where requests go: a host, and what of it. */
export interface Destination extends JsonObject {
  readonly host: string;
  readonly subset?: string;
  readonly port?: JsonObject;
}

/** One of `route[]` of an HTTP route. */
export interface WeightedDestination extends JsonObject {
  readonly destination: Destination;
  readonly weight?: number;
  readonly headers?: JsonObject;
}

/** One of `mirrors[]`. */
interface MirrorDestination extends JsonObject {
  readonly destination: Destination;
  readonly percentage?: JsonObject;
}

/** One of `http[]` of a VirtualService. */
export interface HttpRoute extends JsonObject {
  readonly name?: string;
  readonly match?: readonly HttpMatch[];
  readonly route?: readonly WeightedDestination[];
  readonly mirror?: Destination;
  readonly mirrors?: readonly MirrorDestination[];
  readonly directResponse?: JsonObject;
}

/** Where a route stands, and what in it is ours. */
export interface RoutePlace {
  readonly names: RouteNames;
  readonly namespace: string;
  /** What names of added routes begin with. */
  readonly prefix: string;
  /** Whether every destination of the route is ours, whatever its host. */
  readonly isWhole: boolean;
}

/** What answers when there is no revision; told from a maintenance page of the user's by its text. */
const NOBODY = { status: 503, body: { string: 'no revision is served' } } as const;

/** Whether a route was given an answer of ours because there was no revision. */
export const isStopped = ({ directResponse }: HttpRoute): boolean =>
  directResponse !== undefined && canonicalJson(directResponse) === canonicalJson(NOBODY);

/** The Service that a host names, if it is one of this namespace: `web`, `web.shop`, `web.shop.svc.cluster.local`. */
export function serviceNamed(host: string, namespace: string): string | null {
  const [service = '', where, kind] = host.split('.');
  return where === undefined || (where === namespace && (kind === undefined || kind === 'svc'))
    ? service
    : null;
}

/** Whether a host is the Service of the track or of one of its revisions. */
export function isOurHost(
  { names, namespace }: Pick<RoutePlace, 'names' | 'namespace'>,
  { host }: Destination,
): boolean {
  const service = serviceNamed(host, namespace);
  return service !== null && names.isOfTrack(service);
}

/**
 * A route in front for each match, and the route itself with the weights. Destinations that are not ours keep their part,
 * as in a route of the Gateway API; mirrors of the user's own stay.
 */
export function splitRoute(place: RoutePlace, split: Split, route: HttpRoute): readonly HttpRoute[] {
  const { route: present = [], directResponse: _stopped, ...rest } = route;
  const isMine = ({ destination }: WeightedDestination): boolean =>
    place.isWhole || isOurHost(place, destination);
  const [ours, foreign] = [present.filter(isMine), present.filter((one) => !isMine(one))];
  const to = destinationMaker(place, ours);
  const weights = split.weights.map(({ revision, basisPoints }) => ({
    ...to(revision),
    weight: basisPoints,
  }));
  const nobody = { ...to(null), weight: 0 };
  const served = weights.length > 0 ? weights : foreign.length > 0 ? [nobody] : [];
  const main: HttpRoute =
    served.length === 0
      ? { ...withoutMirror(place, rest), directResponse: NOBODY }
      : { ...withMirror(place, split, rest, null), route: [...served, ...scaled(foreign, ours)] };
  const matched = split.matches.map((match, index) => ({
    ...withMirror(place, split, rest, match.revision),
    name: `${place.prefix}${index}`,
    match: httpMatchesOf(route.match, match),
    route: [to(match.revision)],
  }));
  return [...matched.filter(({ match }) => match.length > 0).map(withoutEmptyMatch), main];
}

/** A match that asks for nothing takes every request; Istio wants it left out. */
function withoutEmptyMatch({ match, ...rest }: HttpRoute & { match: readonly HttpMatch[] }): HttpRoute {
  return match.some((one) => Object.keys(one).length === 0) ? rest : { ...rest, match };
}

/** What all of our destinations did with headers, that of every revision does. */
function destinationMaker({ names }: RoutePlace, ours: readonly WeightedDestination[]) {
  const [first] = ours;
  const isSame = ours.every(({ headers }) => canonicalJson(headers) === canonicalJson(first?.headers));
  const port = first?.destination.port ?? { number: names.port };
  return (revision: RevisionId | null): WeightedDestination => ({
    destination: { host: revision === null ? names.trackService : names.serviceOf(revision), port },
    ...(isSame && first?.headers ? { headers: first.headers } : {}),
  });
}

function scaled(
  foreign: readonly WeightedDestination[],
  ours: readonly WeightedDestination[],
): readonly WeightedDestination[] {
  const sum = ours.reduce((total, { weight = 0 }) => total + weight, 0);
  if (sum === 0 || sum === WHOLE_BASIS_POINTS) return foreign;
  return foreign.map((one) => ({
    ...one,
    weight: Math.round(((one.weight ?? 0) * WHOLE_BASIS_POINTS) / sum),
  }));
}

const PERCENTAGES = ['mirrorPercentage', 'mirrorPercent', 'mirror_percent'] as const;

/** A route without what mirrors to us. */
function withoutMirror(place: RoutePlace, route: HttpRoute): HttpRoute {
  const { mirror, mirrors, ...rest } = route;
  const isOurs = mirror !== undefined && isOurHost(place, mirror);
  const others = mirrors?.filter(({ destination }) => !isOurHost(place, destination)) ?? [];
  const without = isOurs ? withoutPercentage(rest) : rest;
  return {
    ...without,
    ...(mirror === undefined || isOurs ? {} : { mirror }),
    ...(others.length === 0 ? {} : { mirrors: others }),
  };
}

/** A copy goes with whatever another revision gets. Beside a mirror of the user's own both stand in the list of mirrors. */
function withMirror(
  place: RoutePlace,
  { mirror }: Split,
  route: HttpRoute,
  revision: RevisionId | null,
): HttpRoute {
  const rest = withoutMirror(place, route);
  if (mirror === null) return rest;
  const copied = mirror.revision === revision ? [] : [copyTo(place, mirror)];
  const others = [...mirrorOfTheUser(rest), ...(rest.mirrors ?? [])];
  const [copy] = copied;
  if (others.length === 0)
    return copy ? { ...rest, mirror: copy.destination, mirrorPercentage: copy.percentage } : rest;
  const { mirror: _listed, ...listed } = rest;
  return { ...withoutPercentage(listed), mirrors: [...others, ...copied] };
}

const copyTo = ({ names }: RoutePlace, { revision, basisPoints }: Weight) => ({
  destination: { host: names.serviceOf(revision), port: { number: names.port } },
  percentage: { value: (100 * basisPoints) / WHOLE_BASIS_POINTS },
});

const withoutPercentage = (route: HttpRoute): HttpRoute =>
  Object.fromEntries(Object.entries(route).filter(([key]) => !PERCENTAGES.some((name) => name === key)));

function mirrorOfTheUser(route: HttpRoute): readonly MirrorDestination[] {
  if (route.mirror === undefined) return [];
  const whole = route['mirrorPercent'] ?? route['mirror_percent'];
  const percentage = (route['mirrorPercentage'] ?? (whole === undefined ? undefined : { value: whole })) as
    | JsonObject
    | undefined;
  return [{ destination: route.mirror, ...(percentage ? { percentage } : {}) }];
}

/** Who gets what of a route; hosts of other namespaces are nobody of ours. */
export function routeBackends(
  place: Pick<RoutePlace, 'names' | 'namespace'>,
  { route = [], mirror, mirrors = [] }: HttpRoute,
): RuleBackends {
  const serviceOf = (destination: Destination): readonly string[] =>
    isOurHost(place, destination) ? [serviceNamed(destination.host, place.namespace) ?? ''] : [];
  return {
    weights: route.flatMap(({ destination, weight = route.length === 1 ? 1 : 0 }) =>
      serviceOf(destination).map((service) => ({ service, weight })),
    ),
    mirrors: [...(mirror ? [mirror] : []), ...mirrors.map(({ destination }) => destination)].flatMap(
      serviceOf,
    ),
  };
}
