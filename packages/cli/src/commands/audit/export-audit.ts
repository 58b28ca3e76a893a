import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXPORT_FORMS, type ExportForm } from '@sluice/protocol/http/audit.ts';
import { Option } from 'commander';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { readPeriod } from '../../context/past-period.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { refusal, refusedByApi } from '../../refused.ts';
import { type FilterOptions, withFilter } from './filter-options.ts';

interface ExportOptions extends FilterOptions {
  readonly form: ExportForm;
  readonly output?: string;
}

/** `sluice audit export`: the ledger as a file. */
export const exportAudit: DefineCommand = (command, run) => {
  withFilter(command)
    .description(
      'Writes the ledger, the oldest entry first: as JSON Lines, which `audit verify --file` can check, as CSV for ' +
        'spreadsheets, or in the Common Event Format for a SIEM. With a filter it is a part, whose wholeness nobody can check.',
    )
    .addOption(new Option('--form <form>', 'how it is written').choices([...EXPORT_FORMS]).default('jsonl'))
    .option('-o, --output <path>', 'file to write; standard output without')
    .addHelpText('after', '\nExample:\n  $ sluice audit export -o ledger.jsonl')
    .action((options: ExportOptions) => run((context) => write(context, options)));
};

async function write(
  context: CommandContext,
  { form, output, from, to, ...filter }: ExportOptions,
): Promise<ExitCode> {
  const period = readPeriod({ from, to }, context.world.now());
  if (!period.ok) return context.refuse(period.refused);
  const api = await context.api();
  const query = { ...period.value, ...filter, form };
  if (output === undefined) {
    const reply = await api.auditExport(query, async (piece) => context.world.stdout.write(piece));
    return reply.ok ? EXIT.ok : context.refuse(refusedByApi(reply.failure, api.baseUrl));
  }
  const file = await open(resolve(context.world.workingDirectory, output), 'w', 0o600).catch(
    (thrown: unknown) => (thrown as Error).message,
  );
  if (typeof file === 'string')
    return context.refuse(
      refusal(EXIT.refusedInput, 'unwritable-file', {
        detail: `${output} cannot be written: ${file}.`,
        remedy: 'Name a file in a folder that you may write to.',
      }).refused,
    );
  try {
    const reply = await api.auditExport(query, async (piece) => void (await file.write(piece)));
    if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  } finally {
    await file.close();
  }
  context.note(`Written to ${output}.`);
  return EXIT.ok;
}
