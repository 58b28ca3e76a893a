import { resolve } from 'node:path';
import type { CredentialsReference } from '@sluice/protocol/http/clusters.ts';
import { Argument } from 'commander';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { clusterLines, credentialsWords } from '../output/cluster-lines.ts';
import { type Outcome, refusal, refusedByApi } from '../refused.ts';

interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly inCluster?: boolean;
  readonly region?: string;
  readonly provider?: string;
}

type Action = 'add' | 'list' | 'remove';

/** Clusters that are listed at once; an installation has a handful. */
const MOST = 200;

/** `sluice cluster`: the clusters that files may name. */
export const cluster: DefineCommand = (command, run) => {
  command
    .description(
      'Registers clusters under the names that a sluice.yaml uses, lists and removes them. What is kept is where the ' +
        'credentials are, on the machine of the control plane, and never a token. Removing touches nothing in the cluster, ' +
        'and is refused while a track runs on it.',
    )
    .addArgument(new Argument('<action>', 'what to do').choices(['add', 'list', 'remove']))
    .argument('[name]', 'name of the cluster')
    .optionsGroup('Options of add:')
    .option('--kubeconfig <file>', 'kubeconfig (default: that of KUBECONFIG, or ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option('--in-cluster', 'the service account of the pod in which the control plane runs')
    .option('--region <name>', 'where it is, for people')
    .option('--provider <name>', 'who runs it, for people')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice cluster add eu --kubeconfig ~/.kube/eu.yaml --context admin@eu --region eu-central-1\n' +
        '  $ sluice doctor --cluster eu\n  $ sluice cluster list',
    )
    .action((action: Action, name: string | undefined, options: ClusterOptions) =>
      run((context) => act(context, action, name, options)),
    );
};

async function act(
  context: CommandContext,
  action: Action,
  name: string | undefined,
  options: ClusterOptions,
): Promise<ExitCode> {
  if (action === 'list')
    return name === undefined ? list(context) : context.refuse(nameTooMuch(name).refused);
  if (name === undefined) return context.refuse(nameMissing(action).refused);
  return action === 'add' ? add(context, name, options) : remove(context, name);
}

async function add(context: CommandContext, name: string, options: ClusterOptions): Promise<ExitCode> {
  const credentials = credentialsOf(context, options);
  if (!credentials.ok) return context.refuse(credentials.refused);
  const { region, provider } = options;
  const words = `${name}, by ${credentialsWords(credentials.value)}`;
  if (context.dryRun) return wouldDo(context, `It would register the cluster ${words}.`);
  const api = await context.api();
  const reply = await api.putCluster(name, {
    credentials: credentials.value,
    ...(region !== undefined && { region }),
    ...(provider !== undefined && { provider }),
    by: context.world.userName,
  });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else {
    const { paint, symbols } = context.style;
    context.print([
      `${paint('good', symbols.done)} The cluster ${words}, is registered.`,
      `\`sluice doctor --cluster ${name}\` says whether all is there that Sluice needs.`,
    ]);
  }
  return EXIT.ok;
}

function credentialsOf(
  { world }: CommandContext,
  { kubeconfig, context, inCluster }: ClusterOptions,
): Outcome<CredentialsReference> {
  if (inCluster && (kubeconfig !== undefined || context !== undefined))
    return refusal(EXIT.refusedInput, 'contradicting-options', {
      detail: '--in-cluster needs no kubeconfig and no context.',
      remedy: 'Give --in-cluster, or --kubeconfig and --context.',
    });
  if (inCluster) return { ok: true, value: { kind: 'in-cluster' } };
  const path = kubeconfig === undefined ? {} : { path: resolve(world.workingDirectory, kubeconfig) };
  return { ok: true, value: { kind: 'kubeconfig', ...path, ...(context !== undefined && { context }) } };
}

async function list(context: CommandContext): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.clusters({ limit: MOST });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(clusterLines(reply.value.items));
  return EXIT.ok;
}

async function remove(context: CommandContext, name: string): Promise<ExitCode> {
  if (context.dryRun) return wouldDo(context, `It would remove the cluster ${name}.`);
  const api = await context.api();
  const reply = await api.removeCluster(name, context.world.userName);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} The cluster ${name} is not registered any more.`);
  return EXIT.ok;
}

function wouldDo(context: CommandContext, words: string): ExitCode {
  if (context.json) context.printJson({ dryRun: true, words });
  else context.print(words);
  return EXIT.ok;
}

const nameMissing = (action: Action) =>
  refusal(EXIT.refusedInput, 'name-missing', {
    detail: `It is not said which cluster to ${action}.`,
    remedy: `Write for example \`sluice cluster ${action} eu\`.`,
  });

const nameTooMuch = (name: string) =>
  refusal(EXIT.refusedInput, 'usage', {
    detail: `\`cluster list\` takes no name, and was given ${name}.`,
    remedy: `\`sluice doctor --cluster ${name}\` tells more of one.`,
  });
