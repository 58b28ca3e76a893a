import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { askApi } from '../context/ask-api.ts';
import { readDuration } from '../context/duration-option.ts';
import { wholeNumber } from '../context/number-option.ts';
import { readAll } from '../context/read-all.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { joinTokenTable, newJoinTokenLines, workerIdentityTable } from '../output/joining-lines.ts';
import type { Space } from '../output/space.ts';
import { refusal } from '../refused.ts';

interface CreateOptions {
  readonly track: string;
  readonly uses: number;
  readonly expires: string;
}

const HOUR_MS = 3_600_000;
const EXAMPLES =
  '\nExamples:\n  $ sluice join-token create --track shop/production/triage --uses 10 --expires 24h\n  $ sluice join-token list\n' +
  '  $ sluice join-token revoke 3f2a9c01d4e5b677\n  $ sluice join-token workers\n  $ sluice join-token revoke-worker 0b1c2d3e4f506172';

/** `sluice join-token`: workers elsewhere join, and are taken off again. */
export const joinToken: DefineCommand = (command, run) => {
  command
    .description(
      'Lets workers on other machines join. A worker shows a join token once; it gets a certificate or a token for a day, which ' +
        'it renews by itself, and which is good for the tasks of one component alone.',
    )
    .usage('<verb> [options]')
    .addHelpText('after', EXAMPLES);
  command
    .command('create')
    .summary('make a join token and show it once')
    .description('Makes a join token and prints it, alone on the first line. It cannot be shown again.')
    .requiredOption('--track <track>', 'whose tasks they serve: application/environment/component')
    .option('--uses <number>', 'how many workers may join with it', wholeNumber(1, 10_000), 1)
    .option('--expires <duration>', 'for how long they may: at most 30 days', '24h')
    .addHelpText('after', EXAMPLES)
    .action((options: CreateOptions) => run((context) => create(context, options)));
  command
    .command('list')
    .summary('list join tokens: your own, or with access:read all')
    .description('Lists the join tokens that are not revoked, and how often each can still be used.')
    .addHelpText('after', EXAMPLES)
    .action(() => run((context) => list(context, (api, page) => api.joinTokens(page), joinTokenTable)));
  command
    .command('revoke')
    .summary('let nobody join with it any more')
    .description('Revokes a join token. Workers that have joined with it stay: `revoke-worker` ends those.')
    .argument('<id>', 'as `list` shows it')
    .addHelpText('after', EXAMPLES)
    .action((id: string) => run((context) => revokeToken(context, id)));
  command
    .command('workers')
    .summary('list the workers that have joined')
    .description('Lists the workers that have joined and may still come in.')
    .addHelpText('after', EXAMPLES)
    .action(() =>
      run((context) => list(context, (api, page) => api.workerIdentities(page), workerIdentityTable)),
    );
  command
    .command('revoke-worker')
    .summary('let a worker in no more')
    .description(
      'Revokes all that a worker was given. Its session ends within seconds, and its tasks go to others.',
    )
    .argument('<id>', 'as `workers` shows it')
    .addHelpText('after', EXAMPLES)
    .action((id: string) => run((context) => revokeWorker(context, id)));
};

async function create(context: CommandContext, { track, uses, expires }: CreateOptions): Promise<ExitCode> {
  const lasts = readDuration(expires, '--expires');
  if (!lasts.ok) return context.refuse(lasts.refused);
  const hours = Math.ceil(lasts.value / HOUR_MS);
  if (hours < 1 || hours > 30 * 24)
    return context.refuse(
      refusal(EXIT.refusedInput, 'usage', {
        detail: `\`--expires ${expires}\` is not between an hour and 30 days.`,
        remedy: 'Write for example 24h or 7d.',
      }).refused,
    );
  if (context.dryRun) return wouldBe(context, `make a join token for ${track}`);
  const request = { track, uses, expiresInHours: hours };
  return askApi(context, (api) => api.createJoinToken(request), newJoinTokenLines);
}

async function list<Item>(
  context: CommandContext,
  read: Parameters<typeof readAll<Item>>[1],
  show: (items: readonly Item[], space: Space) => readonly string[],
): Promise<ExitCode> {
  const all = await readAll(context, read);
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(show(all.value, context.space()));
  return EXIT.ok;
}

async function revokeToken(context: CommandContext, id: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `revoke the join token ${id}`);
  const { paint, symbols } = context.style;
  const done = `${paint('good', symbols.done)} Nobody joins with ${id} any more.`;
  return askApi(
    context,
    (api) => api.revokeJoinToken(id),
    () => done,
  );
}

async function revokeWorker(context: CommandContext, id: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `let the worker ${id} in no more`);
  const { paint, symbols } = context.style;
  const mark = paint('good', symbols.done);
  return askApi(
    context,
    (api) => api.revokeWorkerIdentity(id),
    ({ name, track }) => `${mark} The worker ${name} of ${track} is let in no more.`,
  );
}
