import type { TrackView } from '@sluice/protocol/http/views.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wholeNumber } from '../context/number-option.ts';
import { type TargetOptions, findTrack, withTarget } from '../context/target.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { newLinesOfEach } from '@sluice/protocol/http/new-lines.ts';
import { type Outcome, refusedByApi } from '../refused.ts';

interface LogsOptions extends TargetOptions {
  readonly revision?: string;
  readonly tail: number;
  readonly follow?: boolean;
}

/** Most lines that are asked for at once. */
const MOST = 10_000;
/** Lines that are compared with those seen before, when following. */
const WINDOW = 2000;
const LOOK_EVERY_MS = 1000;

/** `sluice logs`: what the processes of a revision wrote. */
export const logs: DefineCommand = (command, run) => {
  withTarget(
    command.description(
      'Prints what the processes of a revision wrote: of the candidate, or of stable when there is none.',
    ),
  )
    .option('-r, --revision <revision>', 'a version or revision id')
    .option('-n, --tail <lines>', 'lines from the end', wholeNumber(1, MOST), 200)
    .option('-F, --follow', 'go on with what is written, until Ctrl-C')
    .addHelpText('after', '\nExample:\n  $ sluice logs shop/production/web --revision v1.2.3 --follow')
    .action((target: string | undefined, options: LogsOptions) =>
      run(async (context) => {
        const found = await findTrack(context, target, options);
        return found.ok ? showLogs(context, found.value, options) : context.refuse(found.refused);
      }),
    );
};

async function showLogs(context: CommandContext, track: TrackView, options: LogsOptions): Promise<ExitCode> {
  const first = await read(context, track, options, options.tail);
  if (!first.ok) return context.refuse(first.refused);
  if (context.json && !options.follow) {
    context.printJson({ track: track.id, lines: first.value });
    return EXIT.ok;
  }
  show(context, first.value);
  return options.follow ? follow(context, track, { options, seen: first.value }) : EXIT.ok;
}

async function follow(
  context: CommandContext,
  track: TrackView,
  { options, seen }: { readonly options: LogsOptions; readonly seen: readonly string[] },
): Promise<ExitCode> {
  const { world } = context;
  let before = seen;
  for (;;) {
    await world.wait(LOOK_EVERY_MS, world.interrupted);
    if (world.interrupted.aborted) return EXIT.interrupted;
    const next = await read(context, track, options, Math.max(WINDOW, options.tail));
    // While the control plane or the host is away the processes write on, and their logs are read later.
    if (!next.ok && next.refused.exitCode === EXIT.unreachable) continue;
    if (!next.ok) return context.refuse(next.refused);
    show(context, newLinesOfEach(before, next.value));
    before = next.value;
  }
}

function show(context: CommandContext, lines: readonly string[]): void {
  if (lines.length === 0) return;
  if (context.json) for (const line of lines) context.printJson({ line });
  else context.print(lines);
}

async function read(
  context: CommandContext,
  { id }: TrackView,
  { revision }: LogsOptions,
  tail: number,
): Promise<Outcome<readonly string[]>> {
  const api = await context.api();
  const reply = await api.logs(id, { revision, tail });
  if (!reply.ok) return { ok: false, refused: refusedByApi(reply.failure, api.baseUrl) };
  return { ok: true, value: reply.value === '' ? [] : reply.value.replace(/\n$/, '').split('\n') };
}
