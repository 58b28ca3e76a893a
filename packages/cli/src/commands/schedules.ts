import type { CommandContext, DefineCommand } from '../command-context.ts';
import { readAll } from '../context/read-all.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { scheduleLines } from '../output/schedule-lines.ts';
import { addSchedule } from './schedules/add-schedule.ts';
import { restSchedule } from './schedules/rest-schedule.ts';
import { removeSchedule } from './schedules/remove-schedule.ts';
import { showSchedule } from './schedules/show-schedule.ts';

/** `sluice schedules`: tasks that come by the clock. */
export const schedules: DefineCommand = (command, run) => {
  command
    .description(
      'Shows tasks that come by the clock, makes some, and lets them rest. What a sluice.yaml declares is changed by releases.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice schedules list\n' +
        '  $ sluice schedules add daily shop/production/report --cron "0 9 * * 1-5" --zone Europe/Berlin\n' +
        '  $ sluice schedules pause daily shop/production/report',
    );
  command
    .command('list')
    .summary('list schedules')
    .description('Lists the schedules of all tracks, with their next moments.')
    .addHelpText('after', '\nExample:\n  $ sluice schedules list')
    .action(() => run(list));
  addSchedule(command.command('add').summary('make a schedule, or change one'), run);
  showSchedule(command.command('show').summary('show a schedule, and how far it has come'), run);
  restSchedule('pause')(command.command('pause').summary('let a schedule rest'), run);
  restSchedule('resume')(command.command('resume').summary('let a schedule go on'), run);
  removeSchedule(command.command('remove').summary('remove a schedule'), run);
};

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.schedules(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(scheduleLines(all.value, context.space()));
  return EXIT.ok;
}
