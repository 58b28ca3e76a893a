import type { AuditFilter } from '@sluice/protocol/http/audit.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { readPeriod } from '../context/past-period.ts';
import { wholeNumber } from '../context/number-option.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { auditEntryLines, auditTable } from '../output/audit-lines.ts';
import { refusedByApi } from '../refused.ts';
import { exportAudit } from './audit/export-audit.ts';
import { type FilterOptions, withFilter } from './audit/filter-options.ts';
import { keepAudit } from './audit/keep-audit.ts';
import { reportAudit } from './audit/report-audit.ts';
import { verifyAudit } from './audit/verify-audit.ts';
import { vouchAudit } from './audit/vouch-audit.ts';

/** Most entries that are listed at once. */
const MOST = 200;

/** `sluice audit`: who did what, and the proof that nothing of it was altered. */
export const audit: DefineCommand = (command, run) => {
  command
    .description(
      'Shows, verifies, exports and reports what the ledger holds: who did what to what, when and why. The ledger is a Merkle ' +
        'tree with signed heads, so that whoever keeps one head can tell whether anything before it was changed.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice audit list --actor person:ada --from 7d\n  $ sluice audit verify\n' +
        '  $ sluice audit report --from 2026-01-01 --to 2026-04-01 > changes.md',
    );
  withFilter(command.command('list').summary('list entries, newest first'))
    .description('Lists entries of the ledger, the newest first.')
    .option('-n, --limit <count>', 'most entries to list', wholeNumber(1, MOST), 20)
    .addHelpText('after', '\nExample:\n  $ sluice audit list --action rolloutRequested --from 24h')
    .action((options: FilterOptions & { readonly limit: number }) =>
      run((context) => list(context, options)),
    );
  command
    .command('show')
    .summary('show all that an entry says')
    .description('Shows all that an entry says, with its hashes.')
    .argument('<entry>', 'its number', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .addHelpText('after', '\nExample:\n  $ sluice audit show 42')
    .action((sequence: number) => run((context) => show(context, sequence)));
  verifyAudit(command.command('verify').summary('check that nothing was altered'), run);
  exportAudit(command.command('export').summary('write the ledger to a file'), run);
  reportAudit(command.command('report').summary('report the changes of a period'), run);
  vouchAudit(command, run);
  keepAudit(command, run);
};

async function list(
  context: CommandContext,
  { limit, from, to, ...rest }: FilterOptions & { readonly limit: number },
): Promise<ExitCode> {
  const period = readPeriod({ from, to }, context.world.now());
  if (!period.ok) return context.refuse(period.refused);
  const filter: AuditFilter = { ...period.value, ...rest };
  const api = await context.api();
  const reply = await api.auditEntries({ ...filter, limit });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(auditTable(reply.value.items, context.space()));
  return EXIT.ok;
}

async function show(context: CommandContext, sequence: number): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.auditEntry(sequence);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(auditEntryLines(reply.value));
  return EXIT.ok;
}
