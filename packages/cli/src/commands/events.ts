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
  { after: begin, follow = false }: EventsOptions,
): Promise<ExitCode> {
  const { world } = context;
  const api = await context.api();
  for (let after = begin; ; ) {
    const stream = api.events({ after, track, follow, signal: world.interrupted });
    let next = await stream.next();
    for (; !next.done; next = await stream.next()) {
      after = next.value.sequence;
      show(context, next.value);
    }
    const failure = next.value;
    if (world.interrupted.aborted) return EXIT.interrupted;
    const isRefused = failure?.kind === 'refused' && failure.problem.status < 500;
    if (failure && (isRefused || !follow)) return context.refuse(refusedByApi(failure, api.baseUrl));
    if (!follow) return EXIT.ok;
    await world.wait(AGAIN_AFTER_MS, world.interrupted);
  }
}

function show(context: CommandContext, event: EventView): void {
  if (context.json) return context.printJson(event);
  const { sequence, at, track, words } = event;
  context.print(`${sequence}  ${momentWords(at)}  ${track}  ${harmless(words)}`);
}
