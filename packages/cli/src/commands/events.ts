import type { EventView } from '@sluice/protocol/http/views.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wholeNumber } from '../context/number-option.ts';
import { type TargetOptions, findTrack, withTarget } from '../context/target.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { harmless } from '../output/text-width.ts';
import { momentWords } from '../output/words.ts';
import { refusedByApi } from '../refused.ts';

interface EventsOptions extends TargetOptions {
  readonly after: number;
  readonly follow?: boolean;
}

/** Before a stream that broke is opened again, in milliseconds. */
const AGAIN_AFTER_MS = 1000;
/** Without --follow, silence for this long means that all has been told, in milliseconds. */
const SILENCE_MS = 300;

/** `sluice events`: what happened and what happens. */
export const events: DefineCommand = (command, run) => {
  withTarget(
    command.description(
      'Prints what happened, one event a line; with --follow it goes on with what happens.',
    ),
  )
    .option('--after <sequence>', 'begin after this event', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('-F, --follow', 'go on until Ctrl-C')
    .addHelpText('after', '\nExample:\n  $ sluice events shop/production/web --follow')
    .action((target: string | undefined, options: EventsOptions) =>
      run(async (context) => {
        const isNamed = [target, options.application, options.env, options.component].some(Boolean);
        if (!isNamed) return tell(context, undefined, options);
        const found = await findTrack(context, target, options);
        return found.ok ? tell(context, found.value.id, options) : context.refuse(found.refused);
      }),
    );
};

async function tell(
  context: CommandContext,
  track: string | undefined,
  options: EventsOptions,
): Promise<ExitCode> {
  const { world } = context;
  const api = await context.api();
  let after = options.after;
  for (;;) {
    const quiet = new AbortController();
    const signal = AbortSignal.any([world.interrupted, quiet.signal]);
    const stream = api.events({ after, track, signal });
    for (;;) {
      const silence = options.follow ? undefined : setTimeout(() => quiet.abort(), SILENCE_MS);
      const { value, done } = await stream.next();
      clearTimeout(silence);
      if (!done) {
        after = value.sequence;
        show(context, value);
        continue;
      }
      if (world.interrupted.aborted || quiet.signal.aborted || !options.follow) {
        return value ? context.refuse(refusedByApi(value, api.baseUrl)) : EXIT.ok;
      }
      if (value?.kind === 'refused' && value.problem.status < 500) {
        return context.refuse(refusedByApi(value, api.baseUrl));
      }
      break;
    }
    await world.wait(AGAIN_AFTER_MS, world.interrupted);
  }
}

function show(context: CommandContext, event: EventView): void {
  if (context.json) return context.printJson(event);
  const { sequence, at, track, words } = event;
  context.print(`${sequence}  ${momentWords(at)}  ${track}  ${harmless(words)}`);
}
