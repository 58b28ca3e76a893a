import { ANYTHING, FLAG, objectOf, oneOf, type Shape, TEXTS, within } from './shape.ts';

const COUNT = within(0, 2_147_483_647);
const SELECTOR = objectOf({ matchLabels: TEXTS, matchExpressions: ANYTHING });
const AMOUNTS: Shape = objectOf({
  maxSurge: { kind: 'number-or-text' },
  maxUnavailable: { kind: 'number-or-text' },
  partition: COUNT,
});

/** `spec` of a Deployment. */
export const DEPLOYMENT_SPEC: Shape = objectOf(
  {
    replicas: COUNT,
    selector: SELECTOR,
    template: ANYTHING,
    strategy: objectOf({ type: oneOf('RollingUpdate', 'Recreate'), rollingUpdate: AMOUNTS }),
    minReadySeconds: COUNT,
    revisionHistoryLimit: COUNT,
    paused: FLAG,
    progressDeadlineSeconds: COUNT,
  },
  { required: ['selector', 'template'] },
);

/** `spec` of a StatefulSet. */
export const STATEFUL_SET_SPEC: Shape = objectOf(
  {
    replicas: COUNT,
    selector: SELECTOR,
    template: ANYTHING,
    serviceName: { kind: 'text' },
    volumeClaimTemplates: ANYTHING,
    podManagementPolicy: oneOf('OrderedReady', 'Parallel'),
    updateStrategy: objectOf({ type: oneOf('RollingUpdate', 'OnDelete'), rollingUpdate: AMOUNTS }),
    minReadySeconds: COUNT,
    revisionHistoryLimit: COUNT,
    ordinals: ANYTHING,
    persistentVolumeClaimRetentionPolicy: ANYTHING,
  },
  { required: ['selector', 'template'] },
);

/** `spec` of a DaemonSet. */
export const DAEMON_SET_SPEC: Shape = objectOf(
  {
    selector: SELECTOR,
    template: ANYTHING,
    updateStrategy: objectOf({ type: oneOf('RollingUpdate', 'OnDelete'), rollingUpdate: AMOUNTS }),
    minReadySeconds: COUNT,
    revisionHistoryLimit: COUNT,
  },
  { required: ['selector', 'template'] },
);

/** What is read of the `spec` of any of them. */
export interface WorkloadSpec {
  readonly replicas?: number;
  readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly strategy?: { readonly type?: string; readonly rollingUpdate?: RollingAmounts };
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: RollingAmounts };
  readonly minReadySeconds?: number;
  readonly revisionHistoryLimit?: number;
  readonly paused?: boolean;
  readonly progressDeadlineSeconds?: number;
  readonly volumeClaimTemplates?: readonly unknown[];
}

/** How many pods a rolling update may have too many or too few, as a number or `25%`. */
export interface RollingAmounts {
  readonly maxSurge?: number | string;
  readonly maxUnavailable?: number | string;
  readonly partition?: number;
}
