import type { TrackView } from '@sluice/protocol/http/views.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { type TargetOptions, findTracks, withTarget } from '../context/target.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { lookAtTracks } from '../follow/look-at-tracks.ts';
import { lookShow } from '../follow/show-looks.ts';
import { statusLines } from '../output/status-lines.ts';
import { nothingTold } from '../output/track-changes.ts';

interface StatusOptions extends TargetOptions {
  readonly watch?: boolean;
}

/** `sluice status`: what runs and what is under way. */
export const status: DefineCommand = (command, run) => {
  withTarget(
    command.description(
      'Shows what runs and what is under way: steps, weights, requests and errors per revision, evidence as odds, ' +
        'what it waits for and what happens next.',
    ),
  )
    .option(
      '-w, --watch',
      'go on showing it until Ctrl-C; piped, only what changes; with --json one document a line',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice status --watch\n  $ sluice status shop/production/web --json',
    )
    .action((target: string | undefined, options: StatusOptions) =>
      run((context) => showStatus(context, target, options)),
    );
};

async function showStatus(
  context: CommandContext,
  target: string | undefined,
  options: StatusOptions,
): Promise<ExitCode> {
  const found = await findTracks(context, target, options);
  if (!found.ok) return context.refuse(found.refused);
  if (options.watch && found.value.length > 0) return watch(context, found.value);
  if (context.json) context.printJson({ items: found.value });
  else {
    context.print(statusLines(found.value, context.space()));
  }
  return EXIT.ok;
}

async function watch(context: CommandContext, tracks: readonly TrackView[]): Promise<ExitCode> {
  const { world } = context;
  const ids = tracks.map(({ id }) => id);
  const show = context.json ? jsonShow(context) : lookShow(context);
  try {
    const looks = lookAtTracks(await context.api(), ids, { world, signal: world.interrupted });
    for (;;) {
      const { value, done } = await looks.next();
      if (done) return value ? context.refuse(value) : EXIT.interrupted;
      show.show(value);
    }
  } finally {
    show.end();
  }
}

/** One document a line, whenever something has changed. */
function jsonShow(context: CommandContext): ReturnType<typeof lookShow> {
  let before = '';
  return {
    show: ({ tracks }) => {
      const text = JSON.stringify(tracks);
      if (text !== before) context.printJson({ items: tracks });
      before = text;
    },
    remark: () => {},
    end: () => {},
    told: nothingTold(),
  };
}
