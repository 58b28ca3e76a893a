/**
 * Purpose: says which other routes of a namespace take the same requests as those of a component, such as those that another
 * tool made and left there: whose split holds is then not for Sluice to say.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import type { RouteMatch } from './gateway-matches.ts';
import { parentKey, parentWords, type ParentRef } from './gateway-parents.ts';
import type { RouteRule } from './gateway-rules.ts';
import type { RouteKind } from './route-kind.ts';
import { serviceNamed } from './virtual-service-routes.ts';

/** An object that splits requests, as it is or is going to be. */
interface Route {
  readonly namespace: string;
  readonly spec: JsonObject;
}

/**
 * The routes of somebody else that take what a component's own route takes, each in a sentence.
 *
 * @param ordered the spec that the component's route is going to have
 */
export async function rivalRoutes(
  client: Pick<ClusterClient, 'list'>,
  { reference }: RouteKind,
  { track, ordered }: { readonly track: TrackId; readonly ordered: JsonObject },
): Promise<readonly string[]> {
  const { apiVersion, kind, namespace = '', name } = reference;
  const common = COMMON[kind];
  if (common === undefined) return [];
  const others = await client.list({ apiVersion, kind, namespace });
  return others.flatMap(({ metadata, spec = {} }) => {
    const owner = metadata.annotations?.[TRACK];
    if (metadata.name === name || owner === track) return [];
    const shared = common({ namespace, spec: ordered }, { namespace, spec }, owner !== undefined);
    if (shared === null) return [];
    const title = `${kind} ${namespace}/${metadata.name}${ownerWords(metadata)}`;
    return [
      `The ${title} is for ${shared}, as the route of ${track} is: ${WHO_WINS[kind]}. Remove the one that is not meant.`,
    ];
  });
}

const ownerWords = ({ ownerReferences = [] }: KubernetesObject['metadata']): string =>
  ownerReferences[0] === undefined ? '' : `, of the ${ownerReferences[0].kind} ${ownerReferences[0].name},`;

const GATEWAY_WINNER = 'of two equal matches a gateway obeys the older route';
const WHO_WINS: Readonly<Record<string, string>> = {
  VirtualService: 'which of the two holds is up to Istio',
  HTTPRoute: GATEWAY_WINNER,
  GRPCRoute: GATEWAY_WINNER,
};

/** What two routes have in common, in words, or null; `isSluice`: the other one is of another component of Sluice's. */
type Common = (own: Route, other: Route, isSluice: boolean) => string | null;

const COMMON: Readonly<Record<string, Common>> = {
  VirtualService: commonOfMeshes,
  HTTPRoute: commonOfGateways,
  GRPCRoute: commonOfGateways,
};

const listOf = <Item>(spec: JsonObject, key: string): readonly Item[] =>
  (spec[key] ?? []) as unknown as readonly Item[];

/** Components of Sluice share hosts at gateways by their paths, which Istio joins; sidecars obey one VirtualService per host. */
function commonOfMeshes(own: Route, other: Route, isSluice: boolean): string | null {
  const hosts = listOf<string>(own.spec, 'hosts').filter((host) =>
    listOf<string>(other.spec, 'hosts').some((one) => hostKey(one, other) === hostKey(host, own)),
  );
  const gateways = gatewaysOf(own).filter(
    (gateway) => gatewaysOf(other).includes(gateway) && (!isSluice || gateway === MESH),
  );
  const [gateway] = gateways;
  if (gateway === undefined || hosts.length === 0) return null;
  return `the host ${hosts.join(', ')} at ${gateway === MESH ? 'the mesh' : `the gateway ${gateway}`}`;
}

const MESH = 'mesh';

const hostKey = (host: string, { namespace }: Route): string => serviceNamed(host, namespace) ?? host;

function gatewaysOf({ spec, namespace }: Route): readonly string[] {
  const written = listOf<string>(spec, 'gateways');
  const all = written.length > 0 ? written : [MESH];
  return all.map((name) => (name === MESH || name.includes('/') ? name : `${namespace}/${name}`));
}

/** Of two components of Sluice's that claim the same requests the control plane knows. */
function commonOfGateways(own: Route, other: Route, isSluice: boolean): string | null {
  if (isSluice) return null;
  const keyOf = parentKey(own.namespace);
  const theirs = listOf<ParentRef>(other.spec, 'parentRefs').map(keyOf);
  const parent = listOf<ParentRef>(own.spec, 'parentRefs').find((one) => theirs.includes(keyOf(one)));
  const match = plainMatches(own.spec).find((one) => plainMatches(other.spec).includes(one));
  if (parent === undefined || match === undefined || !haveCommonHost(own.spec, other.spec)) return null;
  return `${match} at ${parentWords(parent)}`;
}

function haveCommonHost(own: JsonObject, other: JsonObject): boolean {
  const [mine, theirs] = [listOf<string>(own, 'hostnames'), listOf<string>(other, 'hostnames')];
  return mine.length === 0 || theirs.length === 0 || mine.some((host) => theirs.includes(host));
}

/** The paths of all rules that ask for nothing else, in words. */
const plainMatches = (spec: JsonObject): readonly string[] =>
  listOf<RouteRule>(spec, 'rules').flatMap(({ matches = [] }) =>
    (matches.length > 0 ? matches : [{} as RouteMatch]).flatMap(({ path, ...rest }) =>
      Object.keys(rest).length > 0 ? [] : [pathWords(path)],
    ),
  );

const pathWords = ({ type = 'PathPrefix', value = '/' }: RouteMatch['path'] & object = {}): string =>
  `${type === 'PathPrefix' ? 'paths below' : 'the path'} ${value}`;
