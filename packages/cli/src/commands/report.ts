import { Option } from 'commander';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { type TargetOptions, findTrack } from '../context/target.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Outcome, refusal, refusedByApi } from '../refused.ts';

interface ReportOptions extends TargetOptions {
  readonly format?: 'json' | 'markdown';
}

/** `sluice report`: the deployment report of a rollout. */
export const report: DefineCommand = (command, run) => {
  command
    .description(
      'Prints the deployment report of a rollout: what was planned, what happened, on what evidence.',
    )
    .argument('[rollout]', 'id of the rollout (default: the last one of the track)')
    .addOption(new Option('--format <form>', 'json or markdown (default)').choices(['json', 'markdown']))
    .option('-a, --application <name>', 'name of the application')
    .option('-e, --env <name>', 'name of the environment')
    .option('-c, --component <name>', 'name of the component')
    .addHelpText('after', '\nExample:\n  $ sluice report ro-17 --format markdown > report.md')
    .action((rollout: string | undefined, options: ReportOptions) =>
      run((context) => printReport(context, rollout, options)),
    );
};

async function printReport(
  context: CommandContext,
  rollout: string | undefined,
  options: ReportOptions,
): Promise<ExitCode> {
  const id = await rolloutMeant(context, rollout, options);
  if (!id.ok) return context.refuse(id.refused);
  const api = await context.api();
  const form = options.format ?? (context.json ? 'json' : 'markdown');
  const reply = await api.report(id.value, form);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  context.print(reply.value.trimEnd());
  return EXIT.ok;
}

async function rolloutMeant(
  context: CommandContext,
  rollout: string | undefined,
  options: ReportOptions,
): Promise<Outcome<string>> {
  if (rollout !== undefined) return { ok: true, value: rollout };
  const found = await findTrack(context, undefined, options);
  if (!found.ok) return found;
  const { id, active, last } = found.value;
  const newest = active ?? last;
  if (newest) return { ok: true, value: newest.id };
  return refusal(EXIT.refusedByState, 'no-rollout', {
    detail: `There has been no rollout of ${id} yet.`,
    remedy: '`sluice history` lists the rollouts.',
  });
}
