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
  {
    topic: 'further-defaults',
    step: 'duplicate ports',
    at: [
      'response.body.metadata.managedFields[0].fieldsV1.f:spec.f:template.f:spec.f:containers.k:{"name":"c"}.f:ports.k:{"containerPort":80,"protocol":"TCP"}..',
      'response.body.metadata.managedFields[0].fieldsV1.f:spec.f:template.f:spec.f:containers.k:{"name":"c"}.f:ports.k:{"containerPort":80,"protocol":"TCP"}.f:containerPort',
      'response.body.metadata.managedFields[0].fieldsV1.f:spec.f:template.f:spec.f:containers.k:{"name":"c"}.f:ports.k:{"containerPort":80,"protocol":"TCP"}.f:protocol',
      'response.headers.warning',
    ],
    why: 'The fake does not warn of ports that stand twice, and owns the first where the server owns neither.',
  },
  {
    topic: 'further-defaults',
    step: 'event',
    at: [
      'response.body.deprecatedFirstTimestamp',
      'response.body.deprecatedLastTimestamp',
      'response.body.deprecatedSource',
      'response.body.metadata.managedFields[0].fieldsV1.f:regarding..',
      'response.body.metadata.managedFields[0].fieldsV1.f:regarding.f:kind',
      'response.body.metadata.managedFields[0].fieldsV1.f:regarding.f:name',
      'response.body.metadata.managedFields[0].fieldsV1.f:regarding.f:namespace',
    ],
    why: 'The schemas hold no events.k8s.io; such events are kept as they are sent, and apart from those of the core group.',
  },
  {
    topic: 'further-defaults',
    step: 'node',
    at: ['response.body.spec.taints'],
    why: 'A new node is not tainted as not ready: the controller that takes the taint away is not part of the fake.',
  },
  {
    topic: 'further-pods',
    step: 'deployment long name',
    at: ['response.headers.warning'],
    why: 'Of warnings only those about undeclared and doubled fields are given.',
  },
];
