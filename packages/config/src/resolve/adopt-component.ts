import { dirname, join } from 'node:path';
import type { CheckSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { AdoptedPart, Difference, ManifestFault } from '@sluice/kubernetes/adopt/adoption.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import { kubernetesSettings, storedSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { Fault } from '../diagnostics/diagnostic.ts';
import { listed } from '../language/expectation.ts';
import type { KubernetesInput } from '../language/kubernetes/kubernetes-language.ts';
import { namespaceOf } from './kubernetes/resolve-kubernetes.ts';
import { resolveMetrics } from './kubernetes/resolve-metrics.ts';
import { loadAdoption } from './load-adoption.ts';
import { mergedKubernetes } from './merged-kubernetes.ts';
import { type PlacedComponent, decided, decidedWorkload } from './placed-component.ts';
import { strategyOf } from './placed-strategy.ts';
import { type ClusterPlace, placedName } from './placed-target.ts';
import type { ResolveContext } from './resolve-component.ts';
import { resolveUser } from './resolve-matches.ts';
import { resolveStrategy } from './resolve-strategy.ts';

/** A component that was taken from manifests, or what keeps it from being taken. */
export interface AdoptedComponent {
  /** Absent when there are faults. */
  readonly component?: ComponentSpec;
  readonly checks: readonly CheckSpec[];
  /** Faults and doubts at places of the file itself. */
  readonly faults: readonly Fault[];
  readonly doubts: readonly Fault[];
  /** Faults and differences at places of the manifests. */
  readonly manifestFaults: readonly ManifestFault[];
  readonly differences: readonly Difference[];
}

const NOTHING: AdoptedComponent = { checks: [], faults: [], doubts: [], manifestFaults: [], differences: [] };

/** Takes workload and strategy of a component from its manifests; none where files are not looked at. */
export function adoptComponent(
  placed: PlacedComponent,
  place: ClusterPlace,
  context: ResolveContext,
): AdoptedComponent {
  const { input, files } = context;
  const written = decided(placed, 'manifests')?.value ?? [];
  if (!files.areRead) return NOTHING;
  const block = mergedKubernetes(placed, place) as KubernetesInput;
  const metrics = typeof block.metrics === 'object' ? block.metrics : undefined;
  const adoption = loadAdoption().adoptManifests(
    written.map((file = '') => ({ file: join(dirname(context.file), file), text: files.textOf(file) })),
    {
      application: input.application,
      environment: placed.environment,
      cluster: place.cluster,
      namespace: namespaceOf(block, place),
      prometheus: metrics?.prometheus ?? null,
    },
  );
  if (!adoption.ok) return { ...NOTHING, manifestFaults: adoption.faults };
  const path = decidedWorkload(placed)?.path ?? placed.path;
  const part = partOf(adoption.parts, placed.name);
  if (part === undefined) {
    const names = listed(
      adoption.parts.map(({ component }) => component.name),
      'and',
    );
    const says = `hold ${adoption.parts.length} workloads, ${names}; give each a component of its own, which is called like it`;
    return { ...NOTHING, faults: [{ path, at: 'key', says }] };
  }
  return {
    ...NOTHING,
    component: asDeclared(part.component, { placed, place, context, block }),
    checks: part.checks,
    differences: part.differences,
    doubts: adoption.unused.map((title) => ({ path, at: 'key', says: `hold ${title}, which nothing uses` })),
  };
}

/** The only workload of the files, whatever it is called, or of several the one that is called like the component. */
const partOf = (parts: readonly AdoptedPart[], name: string): AdoptedPart | undefined =>
  parts.length === 1 ? parts[0] : parts.find(({ component }) => component.name === name);

interface Declaration {
  readonly placed: PlacedComponent;
  readonly place: ClusterPlace;
  readonly context: ResolveContext;
  readonly block: KubernetesInput;
}

/** What the file says of the component is laid over what its manifests say: name, metrics, user and strategy. */
function asDeclared(adopted: ComponentSpec, declaration: Declaration): ComponentSpec {
  const { placed, place, context, block } = declaration;
  const settings = withMetrics(kubernetesSettings(adopted), block, context.baseDirectory);
  const written = decided(placed, 'user')?.value;
  const user =
    written === undefined ? adopted.user : resolveUser(written as Parameters<typeof resolveUser>[0]);
  const component: ComponentSpec = {
    ...adopted,
    name: placedName(placed, place),
    workload: { on: 'cluster', cluster: place.cluster, settings: storedSettings(settings) },
    user,
  };
  const strategy = chosenStrategy(declaration);
  if (strategy === undefined) return component;
  return {
    ...component,
    strategy: resolveStrategy(strategy, {
      analysis: context.input.analysis ?? {},
      agents: undefined,
      instances: adopted.instances,
      user,
      baseDirectory: context.baseDirectory,
      traffic: settings.metrics === null ? 'uncounted' : 'counted',
    }),
  };
}

/** The address and the way to it are those of the file; whose metrics they are is known from the manifests. */
function withMetrics(
  settings: KubernetesSettings,
  block: KubernetesInput,
  baseDirectory: string,
): KubernetesSettings {
  if (block.metrics === 'off') return { ...settings, metrics: null };
  const metrics = resolveMetrics(block.metrics, settings.routers, baseDirectory);
  if (metrics === null) return settings;
  const isSourceWritten = block.metrics !== undefined && 'source' in block.metrics;
  const source = isSourceWritten ? metrics.source : (settings.metrics?.source ?? metrics.source);
  return { ...settings, metrics: { ...metrics, source } };
}

/** A strategy that the file gives to this component or environment; that of `defaults` leaves the manifests theirs. */
function chosenStrategy({ placed, context }: Declaration) {
  const layer = placed.layers.findLast(({ keys }) => 'strategy' in keys);
  if (layer === undefined || layer.path[0] === 'defaults') return undefined;
  return strategyOf(context.input, placed, '');
}
