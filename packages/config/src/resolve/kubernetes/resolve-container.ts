import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { ContainerSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import type { ComponentInput } from '../../language/component-language.ts';
import { DEFAULTS } from '../../language/defaults.ts';
import type { KubernetesInput } from '../../language/kubernetes/kubernetes-language.ts';
import type { FileContents } from '../file-contents.ts';
import type { Variable } from '../placed-component.ts';

/** The keys of nodes' labels behind the short words. */
const TOPOLOGIES: Readonly<Record<string, string>> = {
  zone: 'topology.kubernetes.io/zone',
  region: 'topology.kubernetes.io/region',
  node: 'kubernetes.io/hostname',
};

/** What a container is made of beside the block `kubernetes`. */
export interface ContainerParts {
  readonly image: string;
  readonly keys: ComponentInput;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly files: FileContents;
}

/** One container with every default filled in. */
export function resolveContainer(
  block: KubernetesInput,
  { image, keys, variables, files }: ContainerParts,
): ContainerSettings {
  return {
    kind: 'container',
    image,
    pullPolicy: block['pull-policy'] ?? DEFAULTS.kubernetes.pullPolicy,
    command: keys.command ?? [],
    args: keys.args ?? [],
    port: keys.kind === 'agents' ? null : (keys.port ?? DEFAULTS.kubernetes.port),
    requests: { cpuMillis: block.requests?.cpu ?? 0, memoryBytes: block.requests?.memory ?? 0 },
    livenessPath: block.liveness ?? null,
    files: resolveFiles(block.files, files),
    writableFolders: block.writable ?? [],
    secretKeys: resolveSecretKeys(variables),
    pullSecrets: block['pull-secrets'] ?? [],
    security: {
      user: block['run-as-user'] ?? null,
      allowRoot: block['allow-root'] ?? false,
      writableRoot: block['writable-root'] ?? false,
      capabilities: block.capabilities ?? [],
    },
    placement: resolvePlacement(block),
  };
}

function resolveFiles(written: KubernetesInput['files'], contents: FileContents): ContainerSettings['files'] {
  return Object.fromEntries(
    Object.entries(written ?? {}).map(([path, file]) => [
      path,
      typeof file === 'string' ? contents.textOf(file) : file.text,
    ]),
  );
}

function resolveSecretKeys(variables: ReadonlyMap<string, Variable>): ContainerSettings['secretKeys'] {
  const keys: Record<string, { secret: string; key: string }> = {};
  for (const [name, variable] of variables) {
    const kept = variable.kind === 'secret' ? variable.secret?.kubernetes : undefined;
    if (kept?.secret !== undefined && kept.key !== undefined)
      keys[name] = { secret: kept.secret, key: kept.key };
  }
  return keys;
}

function resolvePlacement(block: KubernetesInput): ContainerSettings['placement'] {
  const spread: readonly string[] = block.spread ?? DEFAULTS.kubernetes.spread;
  return {
    nodeSelector: block['node-selector'] ?? {},
    tolerations: (block.tolerations ?? []).map((toleration) => toleration as JsonObject),
    priorityClass: block['priority-class'] ?? null,
    spreadOver: spread.map((key) => TOPOLOGIES[key] ?? key),
    antiAffinity: block['anti-affinity'] ?? DEFAULTS.kubernetes.antiAffinity,
    ...(block['runtime-class'] && { runtimeClass: block['runtime-class'] }),
  };
}
