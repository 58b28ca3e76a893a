import type { ScheduleInput } from '@sluice/protocol/http/client.ts';
import { Option } from 'commander';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { readDuration } from '../../context/duration-option.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { type TargetOptions, findTrack, withTarget } from '../../context/target.ts';
import { readTaskInput } from '../../context/task-input.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { scheduleDetailLines } from '../../output/schedule-lines.ts';
import { type Outcome, refusedByApi } from '../../refused.ts';

interface AddOptions extends TargetOptions {
  readonly cron: string;
  readonly zone?: string;
  readonly input?: string;
  readonly missed?: ScheduleInput['missed'];
  readonly overlap?: ScheduleInput['overlap'];
  readonly within?: string;
  readonly priority?: number;
  readonly fairness?: string;
  readonly session?: string;
  readonly needs?: readonly string[];
}

/** `sluice schedules add`: makes a schedule, or changes what one says. */
export const addSchedule: DefineCommand = (command, run) => {
  withTarget(
    command
      .description(
        'Makes a schedule: each of its moments makes one task. One of the same name is changed; it goes on with the first ' +
          'moment from now on.',
      )
      .argument('<name>', 'name of the schedule, unique in its track'),
  )
    .requiredOption('--cron <expression>', 'minute, hour, day of the month, month and weekday: "0 9 * * 1-5"')
    .option('--zone <name>', 'the clock that it goes by: Europe/Berlin; UTC without')
    .option('-i, --input <json>', 'what the worker is given: JSON, @file, or - for standard input')
    .addOption(
      new Option('--missed <policy>', 'what becomes of moments while no server ran').choices([
        'skip',
        'once',
        'all',
      ]),
    )
    .addOption(
      new Option('--overlap <policy>', 'what becomes of a moment while the task before runs').choices([
        'allow',
        'skip',
        'queue',
      ]),
    )
    .option('--within <duration>', 'how long after its moment a task is of use')
    .option('-p, --priority <number>', '0 to 9, 5 is usual', wholeNumber(0, 9))
    .option('--fairness <key>', 'whose share of the workers its tasks count against')
    .option('-s, --session <name>', 'the session that its tasks belong to')
    .option('--needs <list>', 'what a worker must be able to do: a,b', (text: string) => text.split(','))
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice schedules add daily shop/production/report --cron "0 9 * * 1-5" --zone Europe/Berlin ' +
        '--input \'{"report":"daily"}\'',
    )
    .action((name: string, target: string | undefined, options: AddOptions) =>
      run((context) => add(context, { name, target, options })),
    );
};

async function add(
  context: CommandContext,
  order: { readonly name: string; readonly target: string | undefined; readonly options: AddOptions },
): Promise<ExitCode> {
  const { name, target, options } = order;
  const request = await requestOf(context, options);
  if (!request.ok) return context.refuse(request.refused);
  const found = await findTrack(context, target, options);
  if (!found.ok) return context.refuse(found.refused);
  const { id: track } = found.value;
  if (context.dryRun) return wouldBe(context, `make the schedule ${name} of ${track}`);
  const api = await context.api();
  const reply = await api.putSchedule(track, name, request.value);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(scheduleDetailLines(reply.value, context.space()));
  return EXIT.ok;
}

async function requestOf(context: CommandContext, options: AddOptions): Promise<Outcome<ScheduleInput>> {
  const { cron, zone, missed, overlap, within, priority, fairness, session, needs } = options;
  const input = await readTaskInput(context.world, options.input ?? 'null');
  if (!input.ok) return input;
  const withinMs = within === undefined ? null : readDuration(within, '--within');
  if (withinMs !== null && !withinMs.ok) return withinMs;
  return {
    ok: true,
    value: {
      ...{ cron, input: input.value },
      ...(zone !== undefined && { timeZone: zone }),
      ...(missed !== undefined && { missed }),
      ...(overlap !== undefined && { overlap }),
      ...(withinMs !== null && { withinMs: withinMs.value }),
      ...(priority !== undefined && { priority }),
      ...(fairness !== undefined && { fairnessKey: fairness }),
      ...(session !== undefined && { session }),
      ...(needs !== undefined && { capabilities: [...needs] }),
    },
  };
}
