import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { type ApiObject, byAge, keyOf, ownedBy } from '../objects/api-object.ts';
import { PODS, type Resource } from '../objects/resource.ts';
import { SERVICES, type Service, selectorOf } from '../objects/service.ts';
import { indexByLabel, indexBySelector, selectedBy, thoseSelecting } from '../pods/by-label.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { type ObjectAccess, must, unlessGone } from '../watching/object-access.ts';
import { type Endpoint, type EndpointGroup, type EndpointPort, endpointsOf } from './endpoints-of.ts';

/** A part of the endpoints of a Service. */
export interface EndpointSlice extends ApiObject {
  readonly addressType: string;
  readonly endpoints?: readonly Endpoint[] | null;
  readonly ports?: readonly EndpointPort[] | null;
}

/** EndpointSlices of discovery.k8s.io/v1. */
export const ENDPOINT_SLICES: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';

/** As many endpoints as Kubernetes puts into one slice. */
const MOST_ENDPOINTS = 100;

/** Tells for every Service with a selector which pods serve it, and how they are. */
export function endpointSliceController(tools: ControllerTools): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const services = informers.of(SERVICES);
  const pods = informers.of(PODS);
  const slices = informers.of(ENDPOINT_SLICES);
  indexByLabel(pods);
  indexByLabel(slices);
  indexBySelector(services, selectorOf);

  const loop = new ControlLoop(clock, async (key) => {
    const service = services.byKey(key);
    const selector = service && selectorOf(service);
    if (service === undefined || selector === undefined || service.metadata.deletionTimestamp !== undefined)
      return undefined;
    const namespace = service.metadata.namespace ?? '';
    const matchLabels = { [SERVICE_NAME]: service.metadata.name, [MANAGED_BY]: MANAGER };
    const before = [...selectedBy(slices, namespace, { matchLabels })].sort(byAge);
    const groups = endpointsOf(service, selectedBy(pods, namespace, selector)).flatMap(inSlices);
    await writeSlices(access, service, before, groups);
    return undefined;
  });

  const ends = [
    services.onChange((now) => {
      if (now !== undefined) loop.add(keyOf(now));
    }),
    pods.onChange((now, before) => {
      for (const pod of [now, before]) {
        if (pod === undefined) continue;
        for (const service of thoseSelecting(services, pod, selectorOf)) loop.add(keyOf(service));
      }
    }),
    slices.onChange((now, before) => {
      const name = before?.metadata.labels?.[SERVICE_NAME];
      if (now === undefined && name !== undefined) loop.add(`${before?.metadata.namespace ?? ''}/${name}`);
    }),
  ];
  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}

function inSlices({ ports, endpoints }: EndpointGroup): EndpointGroup[] {
  const count = Math.ceil(endpoints.length / MOST_ENDPOINTS);
  return Array.from({ length: count }, (_, index) => ({
    ports,
    endpoints: endpoints.slice(index * MOST_ENDPOINTS, (index + 1) * MOST_ENDPOINTS),
  }));
}

/** Uses the slices that are there in their order of age; one is kept even when nothing serves. */
async function writeSlices(
  access: ObjectAccess,
  service: Service,
  before: readonly EndpointSlice[],
  groups: readonly EndpointGroup[],
): Promise<void> {
  const wanted = groups.length === 0 ? [{ ports: [], endpoints: [] }] : groups;
  for (const [index, group] of wanted.entries()) {
    const slice = before[index];
    if (slice === undefined) await createSlice(access, service, group);
    else if (!isEqual(slice, group)) {
      const written = await access.replace(ENDPOINT_SLICES, { ...slice, ...group });
      unlessGone(written, `write ${keyOf(slice)}`);
    }
  }
  for (const slice of before.slice(wanted.length))
    must(await access.remove(ENDPOINT_SLICES, slice), `remove ${keyOf(slice)}`);
}

async function createSlice(access: ObjectAccess, service: Service, group: EndpointGroup): Promise<void> {
  const { name, namespace, labels } = service.metadata;
  const headless = service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {};
  const body = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, ...headless, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER },
      ownerReferences: [ownedBy(service)],
    },
    addressType: 'IPv4',
    ...group,
  };
  const written = await access.create(ENDPOINT_SLICES, { namespace }, body);
  // An ending namespace takes nothing new.
  if (!written.ok && written.status === 403) return;
  unlessGone(written, `make a slice of ${keyOf(service)}`);
}

function isEqual(slice: EndpointSlice, { ports, endpoints }: EndpointGroup): boolean {
  const text = (of: { readonly ports?: unknown; readonly endpoints?: unknown }): string =>
    canonicalJson([of.ports ?? [], of.endpoints ?? []]);
  return text(slice) === text({ ports, endpoints });
}
