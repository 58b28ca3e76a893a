import { trackSelector } from '../objects/labels.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { objectName } from '../objects/names.ts';
import { trackMetadata } from './object-metadata.ts';
import type { RenderedRevision } from './rendered-revision.ts';

const API_VERSION = 'security.istio.io/v1';

/**
 * How the mesh guards a component's pods: a PeerAuthentication and an AuthorizationPolicy, where its Istio router asks for
 * them. An empty list of rules makes an ALLOW policy that lets nobody in, as Istio reads it.
 */
export function renderIstioSecurity(of: RenderedRevision, generation: number): KubernetesObject[] {
  const router = of.settings.routers.find((candidate) => candidate.kind === 'istio');
  if (router === undefined) return [];
  const metadata = trackMetadata(of, objectName(of.track), generation);
  const selector = { matchLabels: trackSelector(of.track) };
  const authentication: KubernetesObject = {
    apiVersion: API_VERSION,
    kind: 'PeerAuthentication',
    metadata,
    spec: { selector, mtls: { mode: router.mutualTls ?? undefined } },
  };
  const authorization: KubernetesObject = {
    apiVersion: API_VERSION,
    kind: 'AuthorizationPolicy',
    metadata,
    spec: { selector, action: 'ALLOW', rules: router.allow ?? [] },
  };
  return [
    ...(router.mutualTls === null ? [] : [authentication]),
    ...(router.allow === null ? [] : [authorization]),
  ];
}
