import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { readPeriod } from '../../context/past-period.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { holdTable } from '../../output/audit-lines.ts';
import { refusedByApi } from '../../refused.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 36_500;

interface HoldOptions {
  readonly reason: string;
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
}

/** `sluice audit retention|holds|hold|release`: what is kept, and for how long. */
export const keepAudit: DefineCommand = (command, run) => {
  command
    .command('retention')
    .summary('show or set how long contents are kept')
    .description(
      'Shows how long the contents of entries are kept, or sets it. Hashes stay for ever, so that the ledger still verifies; ' +
        'nothing under a legal hold is removed.',
    )
    .option('--days <count>', 'keep contents for so many days', wholeNumber(1, MOST_DAYS))
    .option('--for-ever', 'keep contents for ever')
    .addHelpText('after', '\nExample:\n  $ sluice audit retention --days 2555')
    .action((options: { readonly days?: number; readonly forEver?: boolean }) =>
      run((context) => retention(context, options)),
    );
  command
    .command('holds')
    .summary('list the legal holds')
    .description('Lists the legal holds in force.')
    .addHelpText('after', '\nExample:\n  $ sluice audit holds')
    .action(() => run(holds));
  command
    .command('hold')
    .summary('place a legal hold')
    .description('Places a legal hold: what it covers is kept whatever its age, until it is released.')
    .requiredOption('--reason <words>', 'why; stands in the ledger')
    .option('--from <moment>', 'entries at or after')
    .option('--to <moment>', 'entries before')
    .option('--subject <what>', 'entries on this rollout, track or thing alone')
    .addHelpText('after', '\nExample:\n  $ sluice audit hold --reason "case 12/26" --from 2026-01-01')
    .action((options: HoldOptions) => run((context) => place(context, options)));
  command
    .command('release')
    .summary('release a legal hold')
    .description('Releases a legal hold: what it covered is removed when its time is over.')
    .argument('<hold>', 'its id')
    .addHelpText('after', '\nExample:\n  $ sluice audit release 5f0c7c1e-6d0a-4a8b-9d3e-1f2a3b4c5d6e')
    .action((id: string) => run((context) => release(context, id)));
};

async function retention(
  context: CommandContext,
  { days, forEver = false }: { readonly days?: number; readonly forEver?: boolean },
): Promise<ExitCode> {
  const wish = days === undefined ? (forEver ? null : undefined) : days * DAY_MS;
  if (wish !== undefined && context.dryRun) return wouldBe(context, 'set how long entries are kept');
  const api = await context.api();
  const reply = await (wish === undefined
    ? api.auditRetention()
    : api.setAuditRetention(wish, context.world.userName));
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { keptMs, expired } = reply.value;
  if (context.json) context.printJson(reply.value);
  else
    context.print([
      keptMs === null
        ? 'Contents of entries are kept for ever.'
        : `Contents of entries are kept for ${Math.round(keptMs / DAY_MS)} days; their hashes for ever.`,
      `${expired} entries have expired.`,
    ]);
  return EXIT.ok;
}

async function holds(context: CommandContext): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.legalHolds();
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(holdTable(reply.value.items));
  return EXIT.ok;
}

async function place(context: CommandContext, { reason, from, to, subject }: HoldOptions): Promise<ExitCode> {
  const period = readPeriod({ from, to }, context.world.now());
  if (!period.ok) return context.refuse(period.refused);
  if (context.dryRun) return wouldBe(context, 'place a legal hold');
  const api = await context.api();
  const reply = await api.placeHold({
    reason,
    ...period.value,
    ...(subject === undefined ? {} : { subject }),
    by: context.world.userName,
  });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(holdTable([reply.value]));
  return EXIT.ok;
}

async function release(context: CommandContext, id: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `release the legal hold ${id}`);
  const api = await context.api();
  const reply = await api.releaseHold(id, context.world.userName);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(`The legal hold ${id} is released.`);
  return EXIT.ok;
}
