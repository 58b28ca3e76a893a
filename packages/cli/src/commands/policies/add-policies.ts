import type { PoliciesInput } from '@sluice/protocol/http/policy-calls.ts';
import { Option } from 'commander';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { readText } from '../../context/read-text.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { harmless } from '../../output/text-width.ts';
import { type Outcome, refusal, refusedByApi } from '../../refused.ts';

interface AddOptions {
  readonly starter?: boolean;
  readonly project?: string[];
  readonly application?: string[];
  readonly env?: string[];
  readonly action?: 'deny' | 'warn' | 'audit';
}

/** `sluice policies add`: rules that every release has to keep to from now on. */
export const addPolicies: DefineCommand = (command, run) => {
  command
    .description(
      'Adds the policies of a file, all of them or none. One that is there gets a new version, or keeps its own when ' +
        'nothing has changed. Releases that are under way are not asked again.',
    )
    .argument('[file]', 'YAML file with policies; - for standard input')
    .option('--starter', 'the set that comes with Sluice instead of a file')
    .option('-p, --project <name...>', 'only in these projects; `*` stands for any part of a name')
    .option('--application <name...>', 'only these applications; `*` stands for any part of a name')
    .option('-e, --env <name...>', 'only these environments; `*` stands for any part of a name')
    .addOption(
      new Option(
        '--action <what>',
        'what becomes of a release that breaks them, instead of what the file says',
      ).choices(['deny', 'warn', 'audit']),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice policies add --starter --action warn\n  $ sluice policies add no-root.yaml --env "prod*"',
    )
    .action((file: string | undefined, options: AddOptions) => run((context) => add(context, file, options)));
};

async function add(
  context: CommandContext,
  file: string | undefined,
  options: AddOptions,
): Promise<ExitCode> {
  const request = await requestOf(context, file, options);
  if (!request.ok) return context.refuse(request.refused);
  if (context.dryRun) return wouldBe(context, `add the policies of ${file ?? 'the starter set'}`);
  const api = await context.api();
  const reply = await api.addPolicies(request.value);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else
    context.print([
      ...reply.value.items.map(({ name, version, change, actions }) =>
        harmless(
          `${paint('good', symbols.done)} ${name} ${change}, version ${version} (${actions.join(', ')})`,
        ),
      ),
      ...reply.value.notes,
    ]);
  return EXIT.ok;
}

async function requestOf(
  context: CommandContext,
  file: string | undefined,
  { starter = false, project, application, env, action }: AddOptions,
): Promise<Outcome<PoliciesInput>> {
  if (starter === (file !== undefined))
    return refusal(EXIT.refusedInput, 'no-policies', {
      detail: 'Either a file is added or the starter set; one of the two, and not both.',
      remedy: 'Write `sluice policies add FILE`, or `sluice policies add --starter`.',
    });
  const text = file === undefined ? undefined : await readText(context, file);
  if (text && !text.ok) return text;
  return {
    ok: true,
    value: {
      by: context.world.userName,
      ...(text ? { text: text.value, file: file ?? '' } : { starter }),
      ...(project && { projects: project }),
      ...(application && { applications: application }),
      ...(env && { environments: env }),
      ...(action && { action }),
    },
  };
}
