import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { type TargetOptions, withTarget } from '../../context/target.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { scheduleDetailLines } from '../../output/schedule-lines.ts';
import { type NamedSchedule, withSchedule } from './show-schedule.ts';

type Verb = 'pause' | 'resume';

const DESCRIPTIONS: Readonly<Record<Verb, string>> = {
  pause:
    'Lets a schedule rest: none of its moments makes a task until it is resumed. Tasks that it has made go on.',
  resume: 'Lets a schedule go on with the first moment from now on; nothing is made up for.',
};

/** `sluice schedules pause` and `resume`. */
export const restSchedule =
  (verb: Verb): DefineCommand =>
  (command, run) => {
    withTarget(command.description(DESCRIPTIONS[verb]).argument('<name>', 'name of the schedule'))
      .addHelpText('after', `\nExample:\n  $ sluice schedules ${verb} daily shop/production/report`)
      .action((name: string, target: string | undefined, options: TargetOptions) =>
        run((context) => rest(context, verb, { name, target, options })),
      );
  };

async function rest(context: CommandContext, verb: Verb, schedule: NamedSchedule): Promise<ExitCode> {
  const { name } = schedule;
  if (context.dryRun) return wouldBe(context, `${verb} the schedule ${name}`);
  const found = await withSchedule(context, schedule, (api, track) =>
    verb === 'pause' ? api.pauseSchedule(track, name) : api.resumeSchedule(track, name),
  );
  if (!found.ok) return context.refuse(found.refused);
  if (context.json) context.printJson(found.value);
  else context.print(scheduleDetailLines(found.value, context.space()));
  return EXIT.ok;
}
