/**
 * What the Swagger document does not tell: which structs of the server's Go types are no pointers (they are written even
 * when empty) and which optional numbers and booleans are no pointers (they are left out when zero). Names of fields,
 * or `Definition.field` where the field means something else elsewhere. Known from the published API types.
 */
const embeddedFields = new Set(
  `metadata spec status template strategy updateStrategy jobTemplate state lastState nodeInfo daemonEndpoints kubeletEndpoint
  loadBalancer involvedObject source roleRef names acceptedNames scaleTargetRef NetworkPolicySpec.podSelector Endpoint.conditions IngressServiceBackend.port
  Container.resources EphemeralContainer.resources PersistentVolumeClaimSpec.resources`.split(/\s+/),
);

const pointerStructs = new Set(['CustomResourceSubresources.status', 'CustomResourceSubresources.scale']);

const plainZeros = new Set(
  `minReadySeconds paused numberAvailable numberUnavailable observedGeneration updatedNumberScheduled availableReplicas readyReplicas
  DeploymentStatus.replicas unavailableReplicas updatedReplicas fullyLabeledReplicas currentReplicas StatefulSetOrdinals.start
  authenticated denied ScaleSpec.replicas active failed succeeded readOnly stdin stdinOnce tty hostPort signal sizeBytes count
  unschedulable hostIPC hostNetwork hostPID initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold
  nodePort healthCheckNodePort publishNotReadyAddresses ServiceBackendPort.number globalDefault ObjectMeta.generation
  retryAfterSeconds code preserveUnknownFields nullable exclusiveMaximum exclusiveMinimum uniqueItems x-kubernetes-embedded-resource
  x-kubernetes-int-or-string priority`.split(/\s+/),
);

const pointerZeros = new Set([
  'ClientIPConfig.timeoutSeconds',
  'HorizontalPodAutoscalerStatus.observedGeneration',
  'CSIVolumeSource.readOnly',
  'PodSpec.priority',
]);

const pointerTexts = new Set([
  'LeaseSpec.holderIdentity',
  'PersistentVolumeClaimSpec.storageClassName',
  'EndpointPort.name',
]);

/** Fields that are written although the Swagger document calls them optional. */
const alwaysWritten = new Set([
  'StatefulSetStatus.availableReplicas',
  'Role.rules',
  'ClusterRole.rules',
  'Event.reportingComponent',
  'Event.reportingInstance',
]);

/** Times of conditions, events and containers are no pointers either, and written as null. */
const plainTimes = new Set(
  'lastProbeTime lastTransitionTime lastUpdateTime lastHeartbeatTime firstTimestamp lastTimestamp eventTime startedAt finishedAt'.split(
    ' ',
  ),
);

/** Fields that the Swagger document calls required and that are left out nevertheless when empty. */
const neverForced = new Set([
  'ObjectMeta.name',
  'StatefulSetSpec.serviceName',
  'LocalObjectReference.name',
  'ControllerRevision.data',
]);

/** Whether a struct is written even when it is empty. */
export function isEmbedded(definition: string, field: string, required: boolean, target: string): boolean {
  const full = `${definition}.${field}`;
  if (pointerStructs.has(full)) return false;
  if (embeddedFields.has(field) || embeddedFields.has(full)) return true;
  return required && target !== 'LabelSelector';
}

/** Whether a zero, false or empty text is written. */
export function isPointer(definition: string, field: string, type: string | undefined): boolean {
  const full = `${definition}.${field}`;
  if (type === 'string') return pointerTexts.has(full);
  if (pointerZeros.has(full)) return true;
  return !plainZeros.has(field) && !plainZeros.has(full);
}

/** Whether a field is written even when nothing was said. */
export function isAlwaysWritten(definition: string, field: string, required: boolean): boolean {
  const full = `${definition}.${field}`;
  if (plainTimes.has(field) && /(Condition|^Event|^ContainerState.*)$/.test(definition)) return true;
  return alwaysWritten.has(full) || (required && !neverForced.has(full));
}
