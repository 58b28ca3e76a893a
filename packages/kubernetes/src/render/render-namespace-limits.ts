import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { environmentName } from '../objects/names.ts';
import { environmentMetadata } from './object-metadata.ts';
import type { RenderedRevision } from './rendered-revision.ts';

/** ResourceQuota and LimitRange of an environment's namespace; every component of the environment renders the same. */
export function renderNamespaceLimits(of: RenderedRevision): KubernetesObject[] {
  const { limits } = of.settings;
  const metadata = environmentMetadata(of, environmentName(of.application, of.environment));
  const quota: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata,
    spec: { hard: limits?.quota ?? {} },
  };
  const range: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata,
    spec: { limits: [containerLimits(limits?.container ?? {})] },
  };
  return [...(limits?.quota ? [quota] : []), ...(limits?.container ? [range] : [])];
}

/** A bound that says nothing is left out, because the server leaves empty ones out too. */
function containerLimits(bounds: Readonly<Record<string, Readonly<Record<string, string>>>>): JsonObject {
  const said = Object.entries(bounds).filter(([, quantities]) => Object.keys(quantities).length > 0);
  return { type: 'Container', ...Object.fromEntries(said) };
}
