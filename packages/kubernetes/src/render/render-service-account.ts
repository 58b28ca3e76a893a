import { withoutOwnKeys } from '../objects/labels.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { trackMetadata } from './object-metadata.ts';
import type { RenderedRevision } from './rendered-revision.ts';

/** The service account that the pods run as, where Sluice is to make it; its token is mounted only where asked for. */
export function renderServiceAccount(of: RenderedRevision, generation: number): KubernetesObject[] {
  const { serviceAccount } = of.settings;
  if (!serviceAccount?.create) return [];
  const metadata = trackMetadata(of, serviceAccount.name, generation);
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        ...metadata,
        annotations: { ...withoutOwnKeys(serviceAccount.annotations), ...metadata.annotations },
      },
      automountServiceAccountToken: serviceAccount.token,
    },
  ];
}
