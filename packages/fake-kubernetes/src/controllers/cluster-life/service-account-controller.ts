import type { ApiObject } from '../objects/api-object.ts';
import type { Resource } from '../objects/resource.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { must } from '../watching/object-access.ts';
import { NAMESPACES } from './namespace-controller.ts';

/** Service accounts of the core. */
export const SERVICE_ACCOUNTS: Resource = {
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};

const CONFIG_MAPS: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

/** Gives every namespace its service account `default` and the ConfigMap with the authority of the API server. */
export function serviceAccountController(tools: ControllerTools): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const namespaces = informers.of(NAMESPACES);
  const accounts = informers.of(SERVICE_ACCOUNTS);

  const loop = new ControlLoop(clock, async (name) => {
    const namespace = namespaces.get(undefined, name);
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return undefined;
    if (accounts.get(name, 'default') === undefined) {
      const account = {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace: name },
      };
      await make(SERVICE_ACCOUNTS, name, account);
    }
    const authority = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt', namespace: name },
      data: { 'ca.crt': '' },
    };
    await make(CONFIG_MAPS, name, authority);
    return undefined;
  });

  async function make(resource: Resource, namespace: string, body: object): Promise<void> {
    const written = await access.create(resource, { namespace }, body);
    if (written.ok || written.reason === 'AlreadyExists') return;
    // A namespace that began to end meanwhile takes nothing new.
    if (written.status !== 404 && written.status !== 403) must(written, `furnish the namespace ${namespace}`);
  }

  const ends = [
    namespaces.onChange((now: ApiObject | undefined, before) => {
      if (now !== undefined && before === undefined) loop.add(now.metadata.name);
    }),
    accounts.onChange((now, before) => {
      if (now === undefined && before !== undefined) loop.add(before.metadata.namespace ?? '');
    }),
  ];
  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}
