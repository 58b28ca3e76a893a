import type { ScheduleView } from '@sluice/protocol/http/schedules.ts';
import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { ApiReply } from '@sluice/protocol/http/api-call.ts';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { type TargetOptions, findTrack, withTarget } from '../../context/target.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { scheduleDetailLines } from '../../output/schedule-lines.ts';
import { type Outcome, refusedByApi } from '../../refused.ts';

/** Which schedule is meant. */
export interface NamedSchedule {
  readonly name: string;
  readonly target: string | undefined;
  readonly options: TargetOptions;
}

/** `sluice schedules show`: one schedule. */
export const showSchedule: DefineCommand = (command, run) => {
  withTarget(
    command
      .description('Shows a schedule: what it makes, its next moment and its last task.')
      .argument('<name>', 'name of the schedule'),
  )
    .addHelpText('after', '\nExample:\n  $ sluice schedules show daily shop/production/report')
    .action((name: string, target: string | undefined, options: TargetOptions) =>
      run((context) => show(context, { name, target, options })),
    );
};

async function show(context: CommandContext, schedule: NamedSchedule): Promise<ExitCode> {
  const found = await withSchedule(context, schedule, (api, track) => api.schedule(track, schedule.name));
  if (!found.ok) return context.refuse(found.refused);
  if (context.json) context.printJson(found.value);
  else context.print(scheduleDetailLines(found.value, context.space()));
  return EXIT.ok;
}

/** Asks something of the schedule that is meant. */
export async function withSchedule(
  context: CommandContext,
  { target, options }: NamedSchedule,
  ask: (api: ApiClient, track: string) => Promise<ApiReply<ScheduleView>>,
): Promise<Outcome<ScheduleView>> {
  const found = await findTrack(context, target, options);
  if (!found.ok) return found;
  const api = await context.api();
  const reply = await ask(api, found.value.id);
  return reply.ok ? reply : { ok: false, refused: refusedByApi(reply.failure, api.baseUrl) };
}
