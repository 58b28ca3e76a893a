import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { ContainerSettings } from '../settings/workload-settings.ts';
import { podMarks } from './object-metadata.ts';
import { byteQuantity, cpuQuantity } from './quantities.ts';
import { renderEnvironment } from './render-environment.ts';
import { renderVolumes } from './render-files.ts';
import { renderPlacement } from './render-placement.ts';
import { renderProbes, renderWorkerProbe } from './render-probes.ts';
import type { ContainerRevision } from './rendered-revision.ts';

/**
 * How long a pod that is to go still serves before it gets SIGTERM, so that routers and nodes can take it out first. It
 * is the native `sleep` action and not `exec sleep`, which images without a shell do not have: stable since Kubernetes
 * 1.34, on by default since 1.30. Older servers, all of them past their end of life, do not have it: up to 1.28 they refuse
 * the field by name under strict validation, and 1.29 leaves it out unless its feature gate is on.
 */
const BEFORE_STOP_SECONDS = 5;

/** The pod template of a container: everything that a production pod needs. */
export function renderPodTemplate(of: ContainerRevision, secretName: string): JsonObject {
  const { workload, serviceAccount } = of.settings;
  const { volumes, volumeMounts } = renderVolumes(of);
  return {
    metadata: { ...podMarks(of) },
    spec: {
      serviceAccountName: serviceAccount?.name,
      automountServiceAccountToken: serviceAccount?.token ?? false,
      // Variables such as `WEB_PORT=tcp://…` for every Service of the namespace confuse programs more than they help.
      enableServiceLinks: false,
      imagePullSecrets: nonEmpty([...new Set(workload.pullSecrets)].map((name) => ({ name }))),
      securityContext: podSecurity(workload.security),
      terminationGracePeriodSeconds: BEFORE_STOP_SECONDS + Math.ceil(of.component.drainMs / 1000),
      ...renderPlacement(of),
      containers: [container(of, secretName, volumeMounts)],
      volumes,
    },
  };
}

function container(
  of: ContainerRevision,
  secretName: string,
  volumeMounts: readonly JsonObject[],
): JsonObject {
  const { component, settings } = of;
  const { workload } = settings;
  return {
    name: 'main',
    image: workload.image,
    imagePullPolicy: workload.pullPolicy,
    command: nonEmpty(workload.command),
    args: nonEmpty(workload.args),
    ports: ports(of),
    env: renderEnvironment(of, secretName),
    resources: resources(component, workload),
    ...(workload.port === null
      ? renderWorkerProbe(component.health)
      : {
          ...renderProbes(component.health, workload.port, workload.livenessPath),
          // Workers of agents hear of SIGTERM at once, so that they take nothing more.
          lifecycle: { preStop: { sleep: { seconds: BEFORE_STOP_SECONDS } } },
        }),
    securityContext: containerSecurity(workload.security),
    volumeMounts,
  };
}

function ports(of: ContainerRevision): JsonObject[] | undefined {
  const { workload, monitor } = of.settings;
  const separate = monitor !== null && monitor.port !== 0 && monitor.port !== workload.port;
  if (workload.port === null)
    return separate ? [{ name: 'metrics', containerPort: monitor.port, protocol: 'TCP' }] : undefined;
  return [
    { name: 'http', containerPort: workload.port, protocol: 'TCP' },
    ...(separate ? [{ name: 'metrics', containerPort: monitor.port, protocol: 'TCP' }] : []),
  ];
}

/** Limits as ordered; requests as said, else half of the limit, else nothing. */
function resources({ resources: limit }: ComponentSpec, { requests }: ContainerSettings): JsonObject {
  const cpu = requests.cpuMillis || Math.ceil(limit.cpuMillis / 2);
  const memory = requests.memoryBytes || Math.ceil(limit.memoryBytes / 2);
  return {
    requests: quantities(cpu, memory),
    limits: quantities(limit.cpuMillis, limit.memoryBytes),
  };
}

function quantities(cpuMillis: number, memoryBytes: number): JsonObject | undefined {
  if (cpuMillis === 0 && memoryBytes === 0) return undefined;
  return {
    cpu: cpuMillis === 0 ? undefined : cpuQuantity(cpuMillis),
    memory: memoryBytes === 0 ? undefined : byteQuantity(memoryBytes),
  };
}

const podSecurity = ({ user, allowRoot }: ContainerSettings['security']): JsonObject => ({
  runAsNonRoot: allowRoot ? undefined : true,
  runAsUser: user ?? undefined,
  seccompProfile: { type: 'RuntimeDefault' },
});

const containerSecurity = ({ writableRoot, capabilities }: ContainerSettings['security']): JsonObject => ({
  // Such a process can do what escalation would give it; the API server refuses to be told otherwise.
  allowPrivilegeEscalation: capabilities.some((added) => /^(CAP_)?SYS_ADMIN$/.test(added))
    ? undefined
    : false,
  readOnlyRootFilesystem: !writableRoot,
  capabilities: { drop: ['ALL'], add: nonEmpty(capabilities) },
});

const nonEmpty = <Item>(list: readonly Item[]): readonly Item[] | undefined =>
  list.length > 0 ? list : undefined;
