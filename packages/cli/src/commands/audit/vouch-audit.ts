import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { keyTable } from '../../output/audit-lines.ts';
import { harmless } from '../../output/text-width.ts';
import { momentWords } from '../../output/words.ts';
import { refusedByApi } from '../../refused.ts';

/** `sluice audit head|keys|witnesses|rotate-key`: what vouches for the ledger. */
export const vouchAudit: DefineCommand = (command, run) => {
  command
    .command('head')
    .summary('print the signed head, to be kept elsewhere')
    .description(
      'Prints the signed head of the ledger as JSON. Whoever keeps it can later tell whether any entry before it was changed.',
    )
    .addHelpText('after', '\nExample:\n  $ sluice audit head > head.json')
    .action(() => run(head));
  command
    .command('keys')
    .summary('list the keys that signed heads')
    .description(
      'Lists the keys that signed heads and the sizes of the ledger that each signed; --json holds the PEM.',
    )
    .addHelpText('after', '\nExample:\n  $ sluice audit keys')
    .action(() => run(keys));
  command
    .command('witnesses')
    .summary('ask the witnesses which head each has')
    .description(
      'Asks hosts, connected workers, and the Git repository if one is set, which head each has, and whether it agrees.',
    )
    .addHelpText('after', '\nExample:\n  $ sluice audit witnesses')
    .action(() => run(witnesses));
  command
    .command('rotate-key')
    .summary('sign with a new key from now on')
    .description('Makes a new key for heads on the server that answers. What the old one signed stays good.')
    .addHelpText('after', '\nExample:\n  $ sluice audit rotate-key')
    .action(() => run(rotate));
};

async function head(context: CommandContext): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.auditHead();
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  context.printJson(reply.value);
  return EXIT.ok;
}

async function keys(context: CommandContext): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.auditKeys();
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(keyTable(reply.value.items));
  return EXIT.ok;
}

async function witnesses(context: CommandContext): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.auditWitnesses();
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { items } = reply.value;
  if (context.json) context.printJson(reply.value);
  else if (items.length === 0) context.print('Nobody but the server itself keeps heads.');
  else
    context.print(
      items.map(({ name, state, head: has, problem }) => {
        const what = has === null ? 'has none' : `has ${has.size} entries of ${momentWords(has.at)}`;
        return `${harmless(name)}: ${state}, ${what}${problem === null ? '' : `; ${harmless(problem)}`}`;
      }),
    );
  return items.some(({ state }) => state === 'contradicts') ? EXIT.failed : EXIT.ok;
}

async function rotate(context: CommandContext): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, 'make a new key for heads of the ledger');
  const api = await context.api();
  const reply = await api.rotateAuditKey(context.world.userName);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson({ items: reply.value });
  else context.print(keyTable(reply.value));
  return EXIT.ok;
}
