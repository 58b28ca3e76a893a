import { sandboxPathFault } from '@sluice/core/tasks/sandbox-spec.ts';
import type { Fault } from '../diagnostics/diagnostic.ts';
import type { SourcePath } from '../document/source-value.ts';
import type { SandboxInput } from '../language/sandbox-language.ts';
import type { Loose } from '../reading/loose.ts';
import { decided, type PlacedComponent } from '../resolve/placed-component.ts';
import { clusterPlaces } from '../resolve/placed-target.ts';
import { isOfAgents } from './agents.ts';
import type { EnvironmentRule } from './rule.ts';

/** Sandboxes can be what is written of them, where the component runs. */
export const sandboxesHold: EnvironmentRule = (components) =>
  components.filter(isOfAgents).flatMap((component): readonly Fault[] => {
    const agents = decided(component, 'agents');
    const sandbox = agents?.value?.sandbox;
    if (agents === undefined || sandbox === undefined) return [];
    const path = [...agents.path, 'sandbox'];
    if (clusterPlaces(component).length > 0) return [inCluster(component, path)];
    return [...plainFaults(sandbox, path), ...pathFaults(sandbox, path), ...healthFaults(component, sandbox)];
  });

const inCluster = ({ name }: PlacedComponent, path: SourcePath): Fault => ({
  path,
  at: 'key',
  says: `is made by the host of a machine, and component ${name} runs in a cluster, where pods have limits, no rights and a read-only root anyway; leave it away, and see kubernetes.runtime-class and kubernetes.network`,
});

/** What a plain process shares with its machine. */
function plainFaults(sandbox: Loose<SandboxInput>, path: SourcePath): readonly Fault[] {
  if (sandbox.kind !== 'plain') return [];
  const shared = (['readable', 'writable', 'scratch'] as const).filter((key) => sandbox[key] !== undefined);
  const says =
    'means nothing for a plain process, which sees the files of its machine; write "kind: bubblewrap", or leave it away';
  const network: readonly Fault[] =
    sandbox.network === 'none'
      ? [
          {
            path: [...path, 'network'],
            at: 'value',
            says: 'cannot be kept from a plain process; write "kind: bubblewrap"',
            expected: 'host',
          },
        ]
      : [];
  return [...shared.map((key): Fault => ({ path: [...path, key], at: 'key', says })), ...network];
}

function pathFaults({ readable, writable }: Loose<SandboxInput>, path: SourcePath): readonly Fault[] {
  const isText = (value: unknown): value is string => typeof value === 'string';
  const says = sandboxPathFault({
    readable: (readable ?? []).filter(isText),
    writable: (writable ?? []).filter(isText),
  });
  return says === null ? [] : [{ path, at: 'key', says }];
}

/** Without a network nobody asks for a path; that a port listens is seen from outside. */
function healthFaults(component: PlacedComponent, sandbox: Loose<SandboxInput>): readonly Fault[] {
  const isCutOff = sandbox.kind === 'bubblewrap' && sandbox.network !== 'host';
  const health = decided(component, 'health');
  if (!isCutOff || health === undefined || health.path[0] === 'defaults') return [];
  const hasPath = typeof health.value === 'string' || health.value?.path !== undefined;
  if (!hasPath) return [];
  const says = `has a path, which nobody can ask for in the sandbox of component ${component.name}, as it has no network; leave the path away: an instance is ready once it listens on PORT`;
  return [{ path: health.path, at: 'key', says }];
}
