import { trackId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { describe, expect, it } from 'vitest';
import { gatewayRoute } from './gateway-route.ts';
import { rivalRoutes } from './rival-routes.ts';
import type { RouteKind } from './route-kind.ts';
import { gatewaySettings, istioSettings, ROUTE_PLACE } from './testing/route-samples.ts';
import { virtualService } from './virtual-service.ts';

const WEB = trackId('shop', 'test', 'web');

/** What is said of one other route. */
async function said(
  kind: RouteKind,
  ordered: JsonObject,
  spec: JsonObject,
  metadata: Partial<KubernetesObject['metadata']> = {},
): Promise<string> {
  const { apiVersion, kind: kindName, namespace = '' } = kind.reference;
  const other = { apiVersion, kind: kindName, metadata: { name: 'other', namespace, ...metadata }, spec };
  const client = { list: async () => [other] };
  return (await rivalRoutes(client, kind, { track: WEB, ordered })).join('\n');
}
const ofAnother = { annotations: { 'sluice.dev/track': 'shop/test/api' } };

describe('a VirtualService', () => {
  const kind = virtualService({ ...ROUTE_PLACE, settings: istioSettings() });
  const ordered = { hosts: ['web.test', 'web'], gateways: ['mesh', 'infra/public'] };

  it.each([
    [{ hosts: ['web.shop.svc.cluster.local'] }, {}, 'the host web at the mesh,'],
    [
      { hosts: ['web.test'], gateways: ['infra/public'] },
      {},
      'the host web.test at the gateway infra/public,',
    ],
    [{ hosts: ['web.test', 'web'] }, ofAnother, 'the host web.test, web at the mesh,'],
  ])('%j contends for the same requests', async (spec, metadata, words) => {
    expect(await said(kind, ordered, spec, metadata)).toContain(words);
  });

  it('says whose it is', async () => {
    const canary = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'web', uid: '1' };
    expect(await said(kind, ordered, { hosts: ['web'] }, { ownerReferences: [canary] })).toMatch(
      /^The VirtualService shop\/other, of the Canary web, is for the host web at the mesh/,
    );
  });

  it.each([
    [{ hosts: ['api.test'] }, {}],
    [{ hosts: ['web.other'] }, {}],
    [{ hosts: ['web.test'], gateways: ['public'] }, {}],
    [{ hosts: ['web.test'], gateways: ['infra/public'] }, ofAnother],
    [{ hosts: ['web'] }, { name: kind.reference.name }],
  ])('%j %j does not', async (spec, metadata) => {
    expect(await said(kind, ordered, spec, metadata)).toBe('');
  });
});

describe('an HTTPRoute', () => {
  const kind = gatewayRoute({ ...ROUTE_PLACE, settings: gatewaySettings() });
  const parentRefs = [{ kind: 'Gateway', name: 'public', namespace: 'infra' }];
  const below = (value: string): JsonObject => ({ path: { type: 'PathPrefix', value } });
  const ordered = { parentRefs, hostnames: ['web.test'], rules: [{ matches: [below('/')] }] };

  it.each([
    [{ ...ordered }],
    [{ parentRefs: [{ name: 'public', namespace: 'infra' }], rules: [{}] }],
    [{ ...ordered, rules: [{ matches: [below('/api')] }, { matches: [below('/')] }] }],
  ])('%j contends for the same requests', async (spec) => {
    expect(await said(kind, ordered, spec)).toContain(
      'is for paths below / at the Gateway public, as the route of shop/test/web is: of two equal matches a gateway obeys the older route',
    );
  });

  it.each([
    [{ ...ordered, hostnames: ['api.test'] }, {}],
    [{ ...ordered, rules: [{ matches: [below('/api')] }] }, {}],
    [{ ...ordered, rules: [{ matches: [{ ...below('/'), headers: [{ name: 'a', value: 'b' }] }] }] }, {}],
    [{ ...ordered, parentRefs: [{ name: 'public' }] }, {}],
    [ordered, ofAnother],
  ])('%j %j does not', async (spec, metadata) => {
    expect(await said(kind, ordered, spec, metadata)).toBe('');
  });
});
