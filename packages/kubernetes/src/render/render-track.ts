import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { withoutAbsent } from '../objects/without-absent.ts';
import { renderIstioSecurity } from './render-istio-security.ts';
import { renderNamespaceLimits } from './render-namespace-limits.ts';
import { renderNetworkPolicy } from './render-network-policy.ts';
import { renderServiceAccount } from './render-service-account.ts';
import { renderServiceMonitor } from './render-service-monitor.ts';
import { renderTrackService } from './render-service.ts';
import { renderBesides } from './render-template.ts';
import { isTemplate, type RenderedRevision, type TrackOrder } from './rendered-revision.ts';

/**
 * The objects that a component has once, whatever its revisions, in the order in which they are applied. They come before
 * the objects of a revision: its pods need the service account, and must not run a moment without their policies. Limits
 * of the namespace come first; all components of the application in this environment render the same ones.
 */
export function renderTrack(of: RenderedRevision, order: TrackOrder): readonly KubernetesObject[] {
  return [
    ...renderNamespaceLimits(of),
    ...renderServiceAccount(of, order.generation),
    ...renderNetworkPolicy(of, order.generation),
    ...renderIstioSecurity(of, order.generation),
    ...(isTemplate(of) ? renderBesides(of, order.generation) : []),
    ...renderTrackService(of, order.generation),
    ...renderServiceMonitor(of, order.generation),
  ].map(withoutAbsent);
}
