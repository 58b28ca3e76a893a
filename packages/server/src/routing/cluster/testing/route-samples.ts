import { revisionId, trackId, type RevisionId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { EMPTY_SPLIT, type MatchCondition, type Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { GatewayRouter, IstioRouter } from '@sluice/kubernetes/settings/router-settings.ts';
import { testSettings } from '../../../targets/testing/cluster-revision.ts';
import { routeNames } from '../routes-of-track.ts';

/** For tests: the stable revision, whose Service is `shop-test-web-000000000001`. */
export const STABLE: RevisionId = revisionId('web-000000000001');
/** For tests: the candidate, whose Service is `shop-test-web-000000000002`. */
export const CANDIDATE: RevisionId = revisionId('web-000000000002');

/** For tests: a split that gives the candidate a share, and whatever else is changed. */
export const splitOf = (basisPoints: number, changes: Partial<Split> = {}): Split => ({
  ...EMPTY_SPLIT,
  weights: [
    { revision: CANDIDATE, basisPoints },
    { revision: STABLE, basisPoints: 10_000 - basisPoints },
  ],
  ...changes,
});

/** For tests: matches to the candidate, each of one condition. */
export const matchesTo = (
  revision: RevisionId,
  ...conditions: readonly MatchCondition[]
): Split['matches'] => [{ revision, conditions }];

/** For tests: a router of the Gateway API with a Gateway `public` in `infra`. */
export const gatewaySettings = (changes: Partial<GatewayRouter> = {}): GatewayRouter => ({
  kind: 'gateway-api',
  route: 'HTTPRoute',
  name: null,
  parents: [{ kind: 'Gateway', name: 'public', namespace: 'infra', section: null }],
  sessionCookie: null,
  timeoutMs: null,
  ...changes,
});

/** For tests: a router of Istio for the sidecars. */
export const istioSettings = (changes: Partial<IstioRouter> = {}): IstioRouter => ({
  kind: 'istio',
  virtualService: null,
  gateways: ['mesh'],
  hosts: [],
  timeoutMs: null,
  retries: null,
  fault: null,
  outlierDetection: null,
  connectionPool: null,
  locality: null,
  mutualTls: null,
  allow: null,
  ...changes,
});

/** For tests: what every translation is made with; the track's Service is `shop-test-web`. */
export const ROUTE_PLACE = {
  namespace: 'shop',
  name: 'web',
  route: { host: 'web.test', path: '/' },
  names: routeNames({ track: trackId('shop', 'test', 'web'), settings: testSettings('shop') }),
} as const;

/** For tests: an object with a spec, as a server holds it. */
export const objectWith = (spec: JsonObject, more: Partial<KubernetesObject> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Route',
  metadata: { name: 'web', namespace: 'shop', generation: 3 },
  spec,
  ...more,
});
