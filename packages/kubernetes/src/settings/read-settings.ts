import { assert } from '@sluice/core/kernel/assert.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { KubernetesSettings } from './kubernetes-settings.ts';

/**
 * Reads back what a component says of Kubernetes. What is stored was made by `storedSettings`, so it is trusted; a look
 * at its outer shape tells apart what another version of Sluice has stored.
 *
 * @throws SluiceError `invalid-input` when the shape is another; a bug when the component runs on no cluster
 */
export function kubernetesSettings(component: Pick<ComponentSpec, 'name' | 'workload'>): KubernetesSettings {
  const { name, workload } = component;
  assert(workload.on === 'cluster', `component ${name} was taken to a cluster but runs on a ${workload.on}`);
  const wrong = wrongPart(workload.settings);
  if (wrong === undefined) return workload.settings as unknown as KubernetesSettings;
  throw new SluiceError(
    'invalid-input',
    `Reading the Kubernetes settings of component ${name}: ${wrong}. They were stored by another version of Sluice; release the component again.`,
    { next: 'ask-human' },
  );
}

/** Settings as the part of a component that only its target understands; they are plain JSON already. */
export const storedSettings = (settings: KubernetesSettings): JsonObject => settings as unknown as JsonObject;

const WORKLOADS = ['container', 'template', 'in-place'];
const ROUTERS = ['service', 'gateway-api', 'istio'];

function wrongPart(settings: JsonObject): string | undefined {
  if (typeof settings.namespace !== 'string' || settings.namespace === '') return 'there is no namespace';
  if (!isOneOf(WORKLOADS, settings.workload)) return 'the kind of the workload is unknown';
  const { routers } = settings;
  if (!Array.isArray(routers) || routers.length === 0) return 'there is no router';
  if (!routers.every((router) => isOneOf(ROUTERS, router))) return 'the kind of a router is unknown';
  return undefined;
}

function isOneOf(kinds: readonly string[], part: JsonValue | undefined): boolean {
  if (typeof part !== 'object' || part === null || !('kind' in part)) return false;
  return typeof part.kind === 'string' && kinds.includes(part.kind);
}
