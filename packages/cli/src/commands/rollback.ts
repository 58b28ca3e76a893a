import { randomUUID } from 'node:crypto';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { readDuration } from '../context/duration-option.ts';
import { type TargetOptions, findTrack, withTarget } from '../context/target.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { waitForRollouts } from '../follow/wait-for-rollouts.ts';
import { trackFrame } from '../output/track-frame.ts';
import { refusedByApi } from '../refused.ts';

interface RollbackOptions extends TargetOptions {
  readonly to?: string;
  readonly bySteps?: boolean;
  readonly wait?: boolean;
  readonly timeout: string;
}

/** `sluice rollback`: bring an earlier revision back. */
export const rollback: DefineCommand = (command, run) => {
  withTarget(
    command.description(
      'Brings an earlier revision back, at once: it is started, gets all traffic when it is ready, and becomes stable. ' +
        'While a release is under way `sluice abort` takes that back; with --to, it is taken back as well. `sluice status --json` lists what can be brought back, under `history`.',
    ),
  )
    .option('--to <revision>', 'a version or revision id (default: the one before the stable one)')
    .option('--by-steps', "by the component's own strategy instead of at once")
    .option('--wait', 'show the progress, and end when it has ended')
    .option('--timeout <duration>', 'longest wait', '30m')
    .addHelpText('after', '\nExample:\n  $ sluice rollback shop/production/web --to v1.2.2 --wait')
    .action((target: string | undefined, options: RollbackOptions) =>
      run((context) => rollBack(context, target, options)),
    );
};

async function rollBack(
  context: CommandContext,
  target: string | undefined,
  options: RollbackOptions,
): Promise<ExitCode> {
  const timeout = readDuration(options.timeout, '--timeout');
  if (!timeout.ok) return context.refuse(timeout.refused);
  const found = await findTrack(context, target, options);
  if (!found.ok) return context.refuse(found.refused);
  const { id } = found.value;
  if (context.dryRun)
    return wouldBe(context, `roll ${id} back to ${options.to ?? 'the revision before stable'}`);
  const api = await context.api();
  const request = {
    bySteps: options.bySteps === true,
    by: context.world.userName,
    ...(options.to !== undefined && { to: options.to }),
  };
  const reply = await api.rollBack(id, request, { idempotencyKey: randomUUID() });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  return options.wait ? waitFor(context, reply.value, timeout.value) : show(context, reply.value);
}

function show(context: CommandContext, track: TrackView): ExitCode {
  if (context.json) context.printJson(track);
  else context.print(trackFrame(track, context.space()));
  return EXIT.ok;
}

/** What brings the revision back is the newest rollout of the track: queued behind what is taken back, or under way. */
async function waitFor(context: CommandContext, track: TrackView, timeoutMs: number): Promise<ExitCode> {
  const id = track.queued.at(-1)?.id ?? track.active?.id;
  if (id === undefined) return show(context, track);
  const outcome = await waitForRollouts(context, [{ id, track: track.id }], timeoutMs);
  if (context.json) context.printJson({ exitCode: outcome.exitCode, ended: outcome.rollouts });
  else if (outcome.words !== '') context.print(['', outcome.words]);
  return outcome.exitCode;
}
