import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { type TargetOptions, withTarget } from '../../context/target.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { type NamedSchedule, withSchedule } from './show-schedule.ts';

/** `sluice schedules remove`: forgets a schedule. */
export const removeSchedule: DefineCommand = (command, run) => {
  withTarget(
    command
      .description('Removes a schedule that no release has brought. Tasks that it has made go on.')
      .argument('<name>', 'name of the schedule'),
  )
    .addHelpText('after', '\nExample:\n  $ sluice schedules remove daily shop/production/report')
    .action((name: string, target: string | undefined, options: TargetOptions) =>
      run((context) => remove(context, { name, target, options })),
    );
};

async function remove(context: CommandContext, schedule: NamedSchedule): Promise<ExitCode> {
  const { name } = schedule;
  if (context.dryRun) return wouldBe(context, `remove the schedule ${name}`);
  const found = await withSchedule(context, schedule, (api, track) => api.removeSchedule(track, name));
  if (!found.ok) return context.refuse(found.refused);
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(found.value);
  else
    context.print(`${paint('good', symbols.done)} The schedule ${name} of ${found.value.track} is removed.`);
  return EXIT.ok;
}
