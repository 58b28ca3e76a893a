import { userInfo } from 'node:os';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { refusal, refusedByApi } from '../../refused.ts';

/** `sluice tasks score`: says how good a result was. */
export const scoreTask: DefineCommand = (command, run) => {
  command
    .description(
      'Says how good the result of a task was, from 0 to 1 by names of your own; the judge compares revisions by it.',
    )
    .argument('<id>', 'id of the task')
    .argument('<name=score...>', 'scores, such as helpful=0.8')
    .option('--source <name>', 'who says it; your login name without')
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice tasks score 01936b2e-4c00-7000-8000-000000000001 helpful=0.8 polite=1',
    )
    .action((id: string, given: readonly string[], { source }: { readonly source?: string }) =>
      run((context) => score(context, id, { given, source: source ?? userInfo().username })),
    );
};

async function score(
  context: CommandContext,
  id: string,
  { given, source }: { readonly given: readonly string[]; readonly source: string },
): Promise<ExitCode> {
  const read = given.map(scoreIn);
  const wrong = given.find((_, index) => read[index] === null);
  if (wrong !== undefined) return context.refuse(noScore(wrong).refused);
  const scores = Object.fromEntries(read.flatMap((pair) => (pair === null ? [] : [pair])));
  if (context.dryRun) return wouldBe(context, `score the task ${id}`);
  const api = await context.api();
  const reply = await api.scoreTask(id, { source, scores });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(words(context, id, reply.value.counted));
  return EXIT.ok;
}

function scoreIn(text: string): readonly [string, number] | null {
  const [, name, digits] = /^([^=]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const value = Number(digits);
  return name === undefined || !(value >= 0 && value <= 1) ? null : [name, value];
}

const noScore = (text: string) =>
  refusal(EXIT.refusedInput, 'usage', {
    detail: `"${text}" is no score.`,
    remedy: 'Write a name and a number from 0 to 1, such as helpful=0.8.',
  });

function words(
  { style: { paint, symbols } }: CommandContext,
  id: string,
  counted: readonly string[],
): string {
  const counts =
    counted.length === 0 ? 'nothing of it counts anew' : `${counted.join(', ')} counts for the judge`;
  return `${paint('good', symbols.done)} The scores of ${id} are kept; ${counts}.`;
}
