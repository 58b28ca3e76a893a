import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wholeNumber } from '../context/number-option.ts';
import { type TargetOptions, findTrack, findTracks, withTarget } from '../context/target.ts';
import { withNames } from '../context/with-names.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { historyLines } from '../output/history-lines.ts';
import { refusedByApi } from '../refused.ts';

interface HistoryOptions extends TargetOptions {
  readonly limit: number;
}

/** Most rollouts that are listed at once. */
const MOST = 200;

/** `sluice history`: rollouts, newest first. */
export const history: DefineCommand = (command, run) => {
  withTarget(command.description('Lists rollouts, newest first: of one track, or of all when none is named.'))
    .option('-n, --limit <count>', 'most rollouts to list', wholeNumber(1, MOST), 20)
    .addHelpText('after', '\nExample:\n  $ sluice history shop/production/web --limit 5')
    .action((target: string | undefined, options: HistoryOptions) =>
      run((context) => list(context, target, options)),
    );
};

async function list(
  context: CommandContext,
  target: string | undefined,
  options: HistoryOptions,
): Promise<ExitCode> {
  const track = await trackMeant(context, target, options);
  if (!track.ok) return context.refuse(track.refused);
  const api = await context.api();
  const reply = await api.rollouts({ track: track.value, limit: options.limit });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(historyLines(await withNames(context, reply.value.items), context.space()));
  return EXIT.ok;
}

/** One when it is named or the only one; otherwise all. */
async function trackMeant(context: CommandContext, target: string | undefined, options: TargetOptions) {
  const isNamed = [target, options.application, options.env, options.component].some(Boolean);
  if (isNamed) {
    const found = await findTrack(context, target, options);
    return found.ok ? { ok: true as const, value: found.value.id } : found;
  }
  const found = await findTracks(context, undefined, {});
  if (!found.ok) return found;
  const [only, second] = found.value;
  return { ok: true as const, value: second === undefined ? only?.id : undefined };
}
