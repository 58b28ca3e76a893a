import type { CheckSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';

/** What of a release says what it needs of its cluster. */
export interface ClusterRelease {
  readonly settings: KubernetesSettings;
  readonly component: Pick<ComponentSpec, 'agents' | 'secrets' | 'request'>;
  /** The checks that its plan runs. */
  readonly checks: readonly CheckSpec[];
  /** Whether its plan runs tasks, which are Jobs, or reads what is kept in Secrets. */
  readonly hasTasks: boolean;
  /** Whether Sluice runs in the cluster itself. */
  readonly runsInside: boolean;
}

/** Whether a check can be made through the API server, which speaks HTTP/1.1 to pods and nothing else. */
export const goesThroughServer = (
  check: Pick<CheckSpec, 'kind'>,
  { request }: Pick<ComponentSpec, 'request'>,
): boolean => check.kind === 'http' && request.protocol === 'http1';
