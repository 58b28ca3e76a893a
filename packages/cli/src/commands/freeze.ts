import type { FreezeRequest } from '@sluice/protocol/http/gate-rules.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { type ScopeOptions, scopeOf, withScope } from '../context/gate-scope-options.ts';
import { readMoment } from '../context/moment-option.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { freezeLines } from '../output/gate-lines.ts';
import { type Outcome, refusedByApi } from '../refused.ts';

interface FreezeOptions extends ScopeOptions {
  readonly reason: string;
  readonly name?: string;
  readonly from?: string;
  readonly until?: string;
  readonly stopTheLine?: boolean;
  readonly system?: boolean;
}

/** `sluice freeze`: nothing goes out for a time. */
export const freeze: DefineCommand = (command, run) => {
  withScope(
    command.description(
      'Declares that nothing goes out: no release begins, while what is under way may finish. With --stop-the-line no ' +
        'candidate gets more requests either. Rollbacks always go through; hot-fixes do with one approval more.',
    ),
  )
    .requiredOption('--reason <text>', 'why; whoever waits is told')
    .option('--name <name>', 'by which it is lifted (default: one is made)')
    .option('--from <moment>', 'a moment, or a time from now such as 2h (default: now)')
    .option('--until <moment>', 'a moment, or a time from now such as 3d (default: until somebody lifts it)')
    .option('--stop-the-line', 'hold what is under way as well')
    .option('--system', 'in every organisation; for whoever runs the control plane')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice freeze --env production --until 2026-12-27T06:00Z --reason "Christmas"' +
        '\n  $ sluice freeze --stop-the-line --reason "incident 4711"',
    )
    .action((options: FreezeOptions) => run((context) => declare(context, options)));
};

async function declare(context: CommandContext, options: FreezeOptions): Promise<ExitCode> {
  const request = requestOf(context, options);
  if (!request.ok) return context.refuse(request.refused);
  if (context.dryRun)
    return wouldBe(
      context,
      `${options.stopTheLine ? 'stop the line' : 'freeze releases'}: ${options.reason}`,
    );
  const api = await context.api();
  const reply = await api.freeze(request.value);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else {
    context.print(freezeLines([reply.value], context.space()));
    context.print(
      `Lift it with \`sluice unfreeze ${reply.value.name}${reply.value.system ? ' --system' : ''}\`.`,
    );
  }
  return EXIT.ok;
}

type Request = Partial<FreezeRequest> & Pick<FreezeRequest, 'reason'>;

function requestOf({ world }: CommandContext, options: FreezeOptions): Outcome<Request> {
  const { reason, name, stopTheLine, system } = options;
  const now = world.now();
  const from = options.from === undefined ? null : readMoment(options.from, '--from', now);
  if (from && !from.ok) return from;
  const until = options.until === undefined ? null : readMoment(options.until, '--until', now);
  if (until && !until.ok) return until;
  const request: Request = {
    ...{ reason, by: world.userName, scope: scopeOf(options) },
    ...(name !== undefined && { name }),
    ...(from && { from: from.value }),
    ...(until && { until: until.value }),
    ...(stopTheLine && { holds: 'everything' as const }),
    ...(system && { system }),
  };
  return { ok: true, value: request };
}
