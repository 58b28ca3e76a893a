import { resolve } from 'node:path';
import { assert } from '@sluice/core/kernel/assert.ts';
import type { Workload } from '@sluice/core/rollout/component-spec.ts';
import { storedSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { ComponentInput } from '../language/component-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { KubernetesInput } from '../language/kubernetes/kubernetes-language.ts';
import type { FileContents } from './file-contents.ts';
import { resolveContainer } from './kubernetes/resolve-container.ts';
import { resolveKubernetes } from './kubernetes/resolve-kubernetes.ts';
import { mergedKubernetes } from './merged-kubernetes.ts';
import { type PlacedComponent, variablesOf } from './placed-component.ts';
import type { Place } from './placed-target.ts';
import { resolveAgents } from './resolve-agents.ts';
import { resolveRoute } from './resolve-route.ts';

/** A component in one of its places, and what its workload depends on beside it. */
export interface WorkloadParts {
  readonly placed: PlacedComponent;
  readonly keys: ComponentInput;
  readonly place: Place;
  readonly baseDirectory: string;
  readonly files: FileContents;
}

/** What runs, where it runs. */
export function resolveWorkload({ placed, keys, place, baseDirectory, files }: WorkloadParts): Workload {
  if (place.on === 'machine') {
    assert(keys.run !== undefined, `component ${placed.name} was not checked for a command`);
    return { on: 'machine', run: keys.run, source: resolve(baseDirectory, keys.source ?? DEFAULTS.source) };
  }
  assert(keys.image !== undefined, `component ${placed.name} was not checked for an image`);
  const block = mergedKubernetes(placed, place) as KubernetesInput;
  const variables = variablesOf(placed);
  const settings = resolveKubernetes(block, {
    place,
    workload: resolveContainer(block, { image: keys.image, keys, variables, files }),
    baseDirectory,
    instances: keys.instances ?? DEFAULTS.instances,
    pool: resolveAgents(keys).agents?.pool,
    route: resolveRoute(keys.route),
    timeoutMs: keys.timeout ?? null,
  });
  return { on: 'cluster', cluster: place.cluster, settings: storedSettings(settings) };
}
