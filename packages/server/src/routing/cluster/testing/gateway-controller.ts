import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { ClusterClient } from '../../../kubernetes/cluster-client.ts';

/** For tests: what says of routes that it has taken them, as the controller of a Gateway does. */
export interface GatewayController {
  /** Takes routes, refuses them for want of a backend, or says nothing any more. */
  mood: 'takes' | 'refuses' | 'is silent';
  stop(): Promise<void>;
}

/** For tests: starts a controller for the HTTPRoutes of a namespace. */
export async function startGatewayController(
  client: ClusterClient,
  namespace: string,
): Promise<GatewayController> {
  const apiVersion = 'gateway.networking.k8s.io/v1';
  const { mirror, release } = client.mirror({ apiVersion, kind: 'HTTPRoute', namespace });
  const running = new Set<Promise<unknown>>();
  const controller: GatewayController = {
    mood: 'takes',
    stop: async () => {
      unwatch();
      release();
      await Promise.all(running);
    },
  };
  const judge = (route: KubernetesObject | undefined): void => {
    if (route === undefined || controller.mood === 'is silent' || isTold(route, controller.mood)) return;
    const status = { parents: parentsOf(route, controller.mood === 'takes') };
    const written = client
      .patch(
        { apiVersion, kind: 'HTTPRoute', namespace, name: route.metadata.name },
        { status },
        {
          subresource: 'status',
        },
      )
      .catch(() => undefined);
    running.add(written);
    void written.finally(() => running.delete(written));
  };
  const unwatch = mirror.onChange((now) => judge(now));
  await mirror.synced;
  return controller;
}

function isTold({ metadata, status }: KubernetesObject, mood: string): boolean {
  const [parent] = (status?.['parents'] ?? []) as readonly {
    readonly conditions: readonly { readonly status: string; readonly observedGeneration: number }[];
  }[];
  const told = parent?.conditions[1];
  return (
    told?.observedGeneration === metadata.generation && told?.status === (mood === 'takes' ? 'True' : 'False')
  );
}

function parentsOf({ metadata, spec }: KubernetesObject, isTaken: boolean): readonly JsonObject[] {
  const condition = (type: string, isTrue: boolean) => ({
    type,
    status: isTrue ? 'True' : 'False',
    reason: isTrue ? type : 'BackendNotFound',
    message: '',
    observedGeneration: metadata.generation ?? 0,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  return ((spec?.['parentRefs'] ?? []) as readonly JsonObject[]).map((parentRef) => ({
    parentRef,
    controllerName: 'sluice.test/gateway',
    conditions: [condition('Accepted', true), condition('ResolvedRefs', isTaken)],
  }));
}
