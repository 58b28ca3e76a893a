import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { mountWorkerToken } from './render-worker-token.ts';
import { READINESS_PORT } from './render-probes.ts';
import type { ContainerRevision } from './rendered-revision.ts';

/**
 * The environment of a container, from least to most binding: what every program gets to know about its pod, then the
 * component's own variables and secrets, then what a program on any target gets (`PORT`, `SLUICE_REVISION`,
 * `SLUICE_VERSION`, and of agents what they need to ask for tasks). A name stands once, because the API server keeps lists of variables by name.
 * @param secretName the Secret that holds the component's secrets by the name of their variable
 */
export function renderEnvironment(of: ContainerRevision, secretName: string): JsonObject[] {
  const { component, settings } = of;
  const { port, secretKeys } = settings.workload;
  const variables: Readonly<Record<string, JsonObject>> = {
    // Programs that listen on the loopback by default would not be reached from outside of their pod.
    HOST: { value: '0.0.0.0' },
    POD_NAME: fromPod('metadata.name'),
    POD_NAMESPACE: fromPod('metadata.namespace'),
    POD_IP: fromPod('status.podIP'),
    NODE_NAME: fromPod('spec.nodeName'),
    ...mapped(component.env, (value) => ({ value: literal(value) })),
    ...mapped(component.secrets, (_reference, name) => fromSecret(secretName, name)),
    ...mapped(secretKeys, ({ secret, key }) => fromSecret(secret, key)),
    PORT: { value: String(port ?? READINESS_PORT) },
    ...workerVariables(of),
    SLUICE_REVISION: { value: literal(of.revision) },
    SLUICE_VERSION: { value: literal(of.version) },
  };
  return Object.entries(variables).map(([name, value]) => ({ name, ...value }));
}

/** What a worker of agents needs to find its server, and to say whose it is. */
function workerVariables(of: ContainerRevision): Readonly<Record<string, JsonObject>> {
  const { agents } = of.component;
  if (agents === undefined) return {};
  return {
    SLUICE_WORKER_URL: { value: literal(agents.server ?? '') },
    SLUICE_TRACK: { value: literal(of.track) },
    ...mountWorkerToken(of).variables,
  };
}

const fromPod = (fieldPath: string): JsonObject => ({ valueFrom: { fieldRef: { fieldPath } } });

const fromSecret = (name: string, key: string): JsonObject => ({
  valueFrom: { secretKeyRef: { name, key } },
});

/**
 * Kubernetes replaces `$(NAME)` in values and reads `$$` as `$`. A component's variables mean the same on every target, so
 * both are written in such a way that the program sees what the file says.
 */
const literal = (value: string): string => (/\$[$(]/.test(value) ? value.replaceAll('$', '$$$$') : value);

const mapped = <Value>(
  record: Readonly<Record<string, Value>>,
  render: (value: Value, name: string) => JsonObject,
): Record<string, JsonObject> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, render(value, name)]));
