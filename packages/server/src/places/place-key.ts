import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';

/** Equal for revisions that run in the same place and are reached by the same routers. */
export function placeKey({ workload }: ComponentSpec): string {
  if (workload.on === 'machine') return 'this machine';
  const { namespace, routers } = workload.settings;
  return canonicalJson([workload.cluster, namespace, routers]);
}

/** A place in words. */
export function placeWords({ workload }: ComponentSpec): string {
  if (workload.on === 'machine') return 'this machine';
  const { namespace } = workload.settings;
  return `the namespace ${typeof namespace === 'string' ? namespace : 'of its settings'} of the cluster ${workload.cluster}`;
}
