import { randomUUID } from 'node:crypto';
import type { CommandRequest } from '@sluice/protocol/http/requests.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { trackFrame } from '../output/track-frame.ts';
import { refusedByApi } from '../refused.ts';
import { type TargetOptions, findTrack, withTarget } from './target.ts';

/** What makes one steering command differ from the others. */
export interface Steering {
  readonly description: string;
  readonly command: CommandRequest['command'];
  readonly example: string;
}

/** What a command does to a track, for a sentence; a command on the wire is no word for people. */
const COMMAND_WORDS: Readonly<Record<CommandRequest['command'], (track: string) => string>> = {
  pause: (track) => `pause ${track}`,
  resume: (track) => `resume ${track}`,
  promote: (track) => `end the present wait of ${track}`,
  'promote-full': (track) => `make the candidate of ${track} stable now`,
  skip: (track) => `skip the present step of ${track}`,
  abort: (track) => `abort ${track}`,
};

/** Makes a command that tells the rollout under way what to do. */
export const steeringCommand =
  ({ description, command: name, example }: Steering): DefineCommand =>
  (command, run) => {
    withTarget(command.description(description))
      .addHelpText('after', `\nExample:\n  $ ${example}`)
      .action((target: string | undefined, options: TargetOptions) =>
        run((context) => commandTrack(context, { target, options, command: name })),
      );
  };

/** Sends a command to the track that is meant and shows what became of it. */
export async function commandTrack(
  context: CommandContext,
  order: {
    readonly target: string | undefined;
    readonly options: TargetOptions;
    readonly command: CommandRequest['command'];
  },
): Promise<ExitCode> {
  const found = await findTrack(context, order.target, order.options);
  if (!found.ok) return context.refuse(found.refused);
  const track = found.value;
  if (context.dryRun) return wouldBe(context, COMMAND_WORDS[order.command](track.id));
  const api = await context.api();
  const seen = track.active && { rollout: track.active.id, step: track.active.step };
  const request = { command: order.command, by: context.world.userName, ...(seen ? { seen } : {}) };
  const reply = await api.command(track.id, request, { idempotencyKey: randomUUID() });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else {
    context.print(trackFrame(reply.value, context.space()));
  }
  return EXIT.ok;
}

/** Says what would be done, for DRY_RUN=true. */
export function wouldBe(context: CommandContext, what: string): ExitCode {
  if (context.json) context.printJson({ dryRun: true, would: what });
  else context.print(`DRY_RUN is set, so nothing is done; this would ${what}.`);
  return EXIT.ok;
}
