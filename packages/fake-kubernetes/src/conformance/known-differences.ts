/** Where the fake knowingly answers otherwise than the recorded server. */
export interface KnownDifference {
  readonly topic: string;
  readonly step: string;
  /** Every place that differs, and no other. */
  readonly at: readonly string[];
  readonly why: string;
}

/** All known differences. The conformance test fails for one that is missing here, and for one here that is gone. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    topic: 'objects-policy',
    step: 'read autoscaler as v1',
    at: [
      'response.body.metadata.annotations',
      'response.body.spec.behavior',
      'response.body.spec.metrics',
      'response.body.spec.targetCPUUtilizationPercentage',
      'response.body.status.currentMetrics',
      'response.body.status.currentReplicas',
    ],
    why: 'The fake does not convert autoscalers to their first version, which keeps newer fields in annotations; Sluice reads and writes the second only.',
  },
];
