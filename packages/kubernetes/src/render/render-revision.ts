import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { withoutAbsent } from '../objects/without-absent.ts';
import { renderAutoscaler } from './render-autoscaler.ts';
import { renderDeployment } from './render-deployment.ts';
import { renderDestinationRule } from './render-destination-rule.ts';
import { renderDisruptionBudget } from './render-disruption-budget.ts';
import { renderFiles } from './render-files.ts';
import { renderInPlace } from './render-in-place.ts';
import { renderScaledObject } from './render-scaled-object.ts';
import { renderSecret } from './render-secret.ts';
import { renderRevisionService } from './render-service.ts';
import { renderOwnConfiguration } from './render-template.ts';
import { renderVerticalAutoscaler } from './render-vertical-autoscaler.ts';
import {
  isContainer,
  isInPlace,
  isTemplate,
  type RenderedRevision,
  type RevisionOrder,
} from './rendered-revision.ts';

/**
 * The objects of one revision, in the order in which they are applied: what pods read, what guards and addresses them, the
 * pods, and who scales them. Equal input gives equal objects, so applying them again changes nothing. Retiring the
 * revision removes all that has its label. A workload that is changed in place is its only object.
 */
export function renderRevision(of: RenderedRevision, order: RevisionOrder): readonly KubernetesObject[] {
  if (isInPlace(of)) return [renderInPlace(of, order)].map(withoutAbsent);
  return [
    ...(isContainer(of) ? renderFiles(of, order.generation) : []),
    ...(isContainer(of) ? renderSecret(of, order) : []),
    ...(isTemplate(of) ? renderOwnConfiguration(of, order.generation) : []),
    ...renderDisruptionBudget(of, order),
    ...renderRevisionService(of, order.generation),
    ...renderDestinationRule(of, order.generation),
    ...(isContainer(of) || isTemplate(of) ? [renderDeployment(of, order)] : []),
    ...renderAutoscaler(of, order),
    ...renderScaledObject(of, order),
    ...renderVerticalAutoscaler(of, order.generation),
  ].map(withoutAbsent);
}
