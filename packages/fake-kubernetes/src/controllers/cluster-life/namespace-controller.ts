import type { ApiObject } from '../objects/api-object.ts';
import { PODS, type Resource, pathOf } from '../objects/resource.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { must, unlessGone } from '../watching/object-access.ts';
import type { ServedResources } from './served-resources.ts';

/** A namespace; it is gone when its spec has no finalizer left. */
export interface Namespace extends ApiObject {
  readonly spec?: { readonly finalizers?: readonly string[] };
}

/** Namespaces of the core. */
export const NAMESPACES: Resource<Namespace> = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/** Empties namespaces that are being deleted, and lets them go when nothing is left in them. */
export function namespaceController(tools: ControllerTools, served: ServedResources): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const namespaces = informers.of(NAMESPACES);

  const loop = new ControlLoop(clock, async (name) => {
    const namespace = namespaces.get(undefined, name);
    if (namespace?.metadata.deletionTimestamp === undefined) return undefined;
    const left = await empty(name);
    if (left > 0) return LOOK_AGAIN_MS;
    const place = { name, subresource: 'finalize' };
    const path = pathOf(NAMESPACES, place);
    unlessGone(await access.put(path, { ...namespace, spec: { finalizers: [] } }), `finalize ${name}`);
    return undefined;
  });

  /** How many objects are left after everything was told to go. */
  async function empty(namespace: string): Promise<number> {
    let left = 0;
    for (const resource of await served.deletable()) {
      const objects = await access.list(resource, namespace);
      left += objects.length;
      for (const object of objects) {
        const isGoing = object.metadata.deletionTimestamp !== undefined;
        if (!isGoing)
          must(await access.remove(resource, object, { propagation: 'Background' }), `empty ${namespace}`);
      }
    }
    return left;
  }

  const end = namespaces.onChange((now) => {
    if (now?.metadata.deletionTimestamp !== undefined) loop.add(now.metadata.name);
  });
  const endOfPods = informers.of(PODS).onChange((now, before) => {
    const namespace = before?.metadata.namespace ?? '';
    const isEnding = namespaces.get(undefined, namespace)?.metadata.deletionTimestamp !== undefined;
    if (now === undefined && isEnding) loop.add(namespace);
  });
  return {
    stop: async () => {
      end();
      endOfPods();
      await loop.stop();
    },
  };
}

/** Finalizers of others may hold objects; nothing but looking tells when they let go. */
const LOOK_AGAIN_MS = 50;
