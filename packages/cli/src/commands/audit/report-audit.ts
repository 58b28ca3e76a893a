import { REPORT_FORMS, type ReportForm } from '@sluice/protocol/http/audit-keeping.ts';
import { Option } from 'commander';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { readPeriod } from '../../context/past-period.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { refusedByApi } from '../../refused.ts';

interface ReportOptions {
  readonly from: string;
  readonly to?: string;
  readonly project?: string;
  readonly form: ReportForm;
}

/** `sluice audit report`: the changes of a period, for those who check. */
export const reportAudit: DefineCommand = (command, run) => {
  command
    .description(
      'Reports the changes of a period with author, approvers, evidence and outcome, each with the number of its entry in the ' +
        'ledger, and names what passed the gates by force or had nobody but its author.',
    )
    .option('--from <moment>', 'at or after: a day, a moment, or a span before now', '30d')
    .option('--to <moment>', 'before: a day, a moment, or a span before now; now without')
    .option('--project <name>', 'of this project alone')
    .addOption(
      new Option('--form <form>', 'how it is written').choices([...REPORT_FORMS]).default('markdown'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice audit report --from 2026-01-01 --to 2026-04-01 --project shop',
    )
    .action((options: ReportOptions) => run((context) => report(context, options)));
};

async function report(
  context: CommandContext,
  { from, to, project, form }: ReportOptions,
): Promise<ExitCode> {
  const period = readPeriod({ from, to }, context.world.now());
  if (!period.ok) return context.refuse(period.refused);
  const api = await context.api();
  const reply = await api.auditReport({ ...period.value, project, form });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson({ form, report: reply.value });
  else context.world.stdout.write(reply.value);
  return EXIT.ok;
}
