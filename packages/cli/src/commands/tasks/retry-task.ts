import type { RetryReply } from '@sluice/protocol/http/tasks.ts';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { findTaskTrack } from '../../context/target.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { countWords } from '../../output/words.ts';
import { refusal, refusedByApi } from '../../refused.ts';

interface RetryOptions {
  readonly dead?: string;
  readonly limit: number;
}

/** Most dead letters that are tried again at once. */
const MOST = 1000;

/** `sluice tasks retry`: dead letters get another chance. */
export const retryTask: DefineCommand = (command, run) => {
  command
    .description(
      'Tries a dead letter again, or with --dead those of a component, on the revision that gets new tasks now.',
    )
    .argument('[id]', 'id of the task')
    .option('--dead <target>', 'all dead letters of application[/environment[/component]]')
    .option('-n, --limit <count>', 'with --dead: most of them', wholeNumber(1, MOST), MOST)
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice tasks retry 01936b2e-4c00-7000-8000-000000000001\n' +
        '  $ sluice tasks retry --dead shop/production/triage',
    )
    .action((id: string | undefined, options: RetryOptions) => run((context) => retry(context, id, options)));
};

async function retry(
  context: CommandContext,
  id: string | undefined,
  { dead, limit }: RetryOptions,
): Promise<ExitCode> {
  if (id !== undefined && dead === undefined) return retryOne(context, id);
  if (id === undefined && dead !== undefined) return retryDead(context, dead, limit);
  return context.refuse(oneOfBoth.refused);
}

async function retryOne(context: CommandContext, id: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `try the task ${id} again`);
  const api = await context.api();
  const reply = await api.retryTask(id, { by: context.world.userName });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  const { revision } = reply.value;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} The task ${id} waits again, for ${revision}.`);
  return EXIT.ok;
}

async function retryDead(context: CommandContext, target: string, limit: number): Promise<ExitCode> {
  const found = await findTaskTrack(context, target, {});
  if (!found.ok) return context.refuse(found.refused);
  const { id: track } = found.value;
  if (context.dryRun) return wouldBe(context, `try at most ${limit} dead letters of ${track} again`);
  const api = await context.api();
  const reply = await api.retryDeadTasks(track, limit, { by: context.world.userName });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(retriedLines(context, track, reply.value));
  return EXIT.ok;
}

function retriedLines(
  { style: { paint, symbols } }: CommandContext,
  track: string,
  { retried, hasMore }: RetryReply,
): readonly string[] {
  if (retried.length === 0) return [`${track} has no dead letters.`];
  const many = countWords(retried.length, 'dead letter');
  return [
    `${paint('good', symbols.done)} ${many} of ${track} ${retried.length === 1 ? 'waits' : 'wait'} again.`,
    ...(hasMore ? ['There are more; do it again for the next ones.'] : []),
  ];
}

const oneOfBoth = refusal(EXIT.refusedInput, 'usage', {
  detail: 'It takes the id of one task, or --dead with a component.',
  remedy: 'Write `sluice tasks retry ID`, or `sluice tasks retry --dead shop/production/triage`.',
});
