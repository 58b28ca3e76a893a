import type { Fault } from '../../diagnostics/diagnostic.ts';
import type { ApplicationInput } from '../../language/application-language.ts';
import type { Loose } from '../../reading/loose.ts';
import { countsTraffic, mergedKubernetes } from '../../resolve/merged-kubernetes.ts';
import {
  decided,
  environmentNames,
  placedComponents,
  type PlacedComponent,
} from '../../resolve/placed-component.ts';
import { clusterPlaces } from '../../resolve/placed-target.ts';
import { listOf } from '../../resolve/strategy-body.ts';

/** What is allowed on Kubernetes but probably not meant. */
export function kubernetesDoubts(input: Loose<ApplicationInput>): readonly Fault[] {
  return environmentNames(input)
    .flatMap((environment) => placedComponents(input, environment))
    .filter((component) => clusterPlaces(component).length > 0)
    .flatMap((component) => [
      ...movingImage(component),
      ...unroutedHost(component),
      ...unmeasuredLimits(component, input),
    ]);
}

/** The revision stays the same while what runs becomes another with the next pod. */
function movingImage(component: PlacedComponent): readonly Fault[] {
  const image = decided(component, 'image');
  if (image?.value === undefined || image.value.includes('@')) return [];
  const tag = /:([^:/]+)$/.exec(image.value)?.[1] ?? 'latest';
  if (tag !== 'latest') return [];
  const says = 'may be another image tomorrow, without a release; give it a tag that stays, or a digest';
  return [{ path: image.path, at: 'value', says }];
}

/** A plain Service hands on every request that reaches it, whatever its host and path. */
function unroutedHost(component: PlacedComponent): readonly Fault[] {
  const route = decided(component, 'route');
  const routers = clusterPlaces(component).flatMap((place) =>
    listOf(mergedKubernetes(component, place).router),
  );
  if (route === undefined || routers.some((router) => router !== 'service')) return [];
  const says =
    'is looked at by no router: the Service of the component takes every request; name a router in kubernetes.router';
  return [{ path: route.path, at: 'value', says }];
}

/** Limits for all strategies do not reach a component whose requests nobody counts. */
function unmeasuredLimits(component: PlacedComponent, input: Loose<ApplicationInput>): readonly Fault[] {
  if (clusterPlaces(component).every((place) => countsTraffic(component, place))) return [];
  const says = `does not hold for component ${component.name} in ${component.environment}, whose requests nobody counts; give it kubernetes.metrics`;
  return (['criteria', 'expressions'] as const)
    .filter((key) => input.analysis && key in input.analysis)
    .map((key) => ({ path: ['analysis', key], at: 'key', says }));
}
