import { Argument } from 'commander';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wholeNumber } from '../context/number-option.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ledgerLines } from '../output/ledger-lines.ts';
import { refusedByApi } from '../refused.ts';

interface LedgerOptions {
  readonly limit: number;
}

/** Most entries that are listed at once. */
const MOST = 200;

/** `sluice ledger`: who did what, and whether nothing was altered. */
export const ledger: DefineCommand = (command, run) => {
  command
    .description(
      'Lists who did what, newest first. `ledger verify` computes the tree of the ledger anew and ends with 1 when an ' +
        'entry was altered, removed or slipped in; `audit verify` compares it with heads that others keep as well.',
    )
    .addArgument(new Argument('[action]', 'verify, instead of listing').choices(['verify']))
    .option('-n, --limit <count>', 'most entries to list', wholeNumber(1, MOST), 20)
    .addHelpText('after', '\nExample:\n  $ sluice ledger verify')
    .action((action: 'verify' | undefined, { limit }: LedgerOptions) =>
      run((context) => (action === 'verify' ? verify(context) : list(context, limit))),
    );
};

async function list(context: CommandContext, limit: number): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.ledger({ limit });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(ledgerLines(reply.value.items, context.space()));
  return EXIT.ok;
}

async function verify(context: CommandContext): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.verifyLedger();
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { intact, entries, firstFault } = reply.value;
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else if (intact)
    context.print(`${paint('good', symbols.done)} ${entries} entries follow one from the other.`);
  else {
    const where = firstFault ? `entry ${firstFault.sequence}: ${firstFault.problem}` : 'the chain is broken';
    context.print(`${paint('bad', symbols.failed)} The ledger is not intact, ${where}.`);
  }
  return intact ? EXIT.ok : EXIT.failed;
}
