import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { ClusterHealthView } from '@sluice/protocol/http/clusters.ts';
import type { HealthView } from '@sluice/protocol/http/health.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { clusterHealthLines, DEFAULT_CLUSTER, isLacking } from '../output/cluster-lines.ts';
import { machineLines, type SandboxMeans, sandboxMeans } from '../output/machine-lines.ts';
import { harmless } from '../output/text-width.ts';
import { type Outcome, refusedByApi } from '../refused.ts';

interface DoctorOptions {
  readonly cluster?: string;
  readonly namespace?: string;
}

/** Clusters that are looked at when none is named. */
const MOST = 50;

/** `sluice doctor`: whether everything is there that releases need. */
export const doctor: DefineCommand = (command, run) => {
  command
    .description(
      'Looks at the control plane, its store and every registered cluster: whether it answers, which version it has, which ' +
        'APIs it serves (Gateway API, Istio, ServiceMonitor, VPA), and what Sluice is not permitted to do there; without ' +
        'options also at what this machine has for sandboxes of agents. What is found stands on stderr; on stdout stand, as ' +
        'YAML, the roles that grant what is missing. Ends with 1 when anything is missing.',
    )
    .option(
      '--cluster <name>',
      'only this cluster: a registered one, default, in-cluster or context:NAME (default: all that are registered; where ' +
        'none is and --namespace is given, the cluster default)',
    )
    .option(
      '--namespace <name>',
      'namespace in which permissions are looked at (default: where tracks use the cluster)',
    )
    .addHelpText('after', '\nExample:\n  $ sluice doctor --cluster eu --namespace shop | kubectl apply -f -')
    .action((options: DoctorOptions) => run((context) => examine(context, options)));
};

async function examine(context: CommandContext, options: DoctorOptions): Promise<ExitCode> {
  const api = await context.api();
  const plane = await api.health();
  const found = await clustersOf(api, options);
  if (!found.ok) return context.refuse(found.refused);
  const clusters = found.value;
  const means = await machineOf(options);
  const isPlaneWell = plane.ok && plane.value.status === 'ok';
  const roles = clusters.flatMap((cluster) => cluster.roles);
  const exitCode = isPlaneWell && !clusters.some(isLacking) ? EXIT.ok : EXIT.failed;
  if (context.json) {
    const controlPlane = plane.ok ? plane.value : null;
    const machine = means === null ? {} : { machine: { sandboxes: means } };
    context.printJson({ ok: exitCode === EXIT.ok, controlPlane, ...machine, clusters });
    return exitCode;
  }
  for (const line of planeLines(context, plane.ok ? plane.value : null)) context.note(line);
  if (means !== null) for (const line of machineLines(means, context.style)) context.note(harmless(line));
  for (const line of notLookedAt(clusters, options)) context.note(line);
  for (const cluster of clusters)
    for (const line of clusterHealthLines(cluster, context.style)) context.note(line);
  if (roles.length > 0) await printRoles(context, roles);
  return exitCode;
}

/** What this machine has for sandboxes, where nobody asks for one cluster alone; nothing of it is needed by everybody. */
async function machineOf({ cluster, namespace }: DoctorOptions): Promise<SandboxMeans | null> {
  if (cluster !== undefined || namespace !== undefined) return null;
  const { examineMachine } = await import('@sluice/sandbox/machine/sandbox-machine.ts');
  return sandboxMeans(await examineMachine());
}

/** What of clusters was not looked at, so that nobody takes the end for more than it is. */
function notLookedAt(clusters: readonly ClusterHealthView[], { cluster }: DoctorOptions): readonly string[] {
  if (clusters.length === 0)
    return [
      'No cluster is registered, and none was looked at; `sluice doctor --cluster default` looks at the one of files that name none.',
    ];
  if (cluster !== undefined || clusters.some(({ name }) => name !== DEFAULT_CLUSTER)) return [];
  return ['No cluster is registered; this is the one of files that name none.'];
}

/** The one that is named, or all that are registered; the default one where a namespace is named and nobody registered any. */
async function clustersOf(
  api: ApiClient,
  { cluster, namespace }: DoctorOptions,
): Promise<Outcome<readonly ClusterHealthView[]>> {
  const names: string[] = [];
  if (cluster !== undefined) names.push(cluster);
  else {
    const page = await api.clusters({ limit: MOST });
    if (!page.ok) return { ok: false, refused: refusedByApi(page.failure, api.baseUrl) };
    names.push(...page.value.items.map(({ name }) => name));
    if (names.length === 0 && namespace !== undefined) names.push(DEFAULT_CLUSTER);
  }
  const replies = await Promise.all(names.map((name) => api.clusterHealth(name, namespace)));
  const healths: ClusterHealthView[] = [];
  for (const reply of replies) {
    if (!reply.ok) return { ok: false, refused: refusedByApi(reply.failure, api.baseUrl) };
    healths.push(reply.value);
  }
  return { ok: true, value: healths };
}

function planeLines({ style }: CommandContext, health: HealthView | null): readonly string[] {
  const { paint, symbols } = style;
  const line = (isWell: boolean, words: string): string =>
    `${isWell ? paint('good', symbols.done) : paint('bad', symbols.failed)} ${words}`;
  if (health === null) return [line(false, 'control plane: it does not say how it is')];
  return [
    line(health.status === 'ok', `control plane: ${health.status === 'ok' ? 'ready' : 'not ready'}`),
    ...health.checks.map(
      ({ name, ok, detail }) => `  ${line(ok, ok ? name : harmless(`${name}: ${detail}`))}`,
    ),
  ];
}

async function printRoles(context: CommandContext, roles: ClusterHealthView['roles']): Promise<void> {
  const { toYaml } = await import('@sluice/kubernetes/render/to-yaml.ts');
  const unbound = roles.some(({ kind }) => String(kind).endsWith('Binding')) ? [] : [NOT_BOUND];
  for (const line of ['These roles grant it:', ...unbound]) context.note(line);
  context.print(toYaml(roles as unknown as readonly KubernetesObject[]).trimEnd());
}

const NOT_BOUND =
  'The cluster does not say who Sluice is there, so that nobody is bound to them: bind them to its user or service account.';
