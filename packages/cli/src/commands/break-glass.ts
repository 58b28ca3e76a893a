import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { type TargetOptions, findTrack, withTarget } from '../context/target.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { trackFrame } from '../output/track-frame.ts';
import { refusedByApi } from '../refused.ts';

interface GlassOptions extends TargetOptions {
  readonly reason: string;
}

/** `sluice break-glass`: let a release pass every gate. */
export const breakGlass: DefineCommand = (command, run) => {
  withTarget(
    command.description(
      'Lets the release that is under way pass approvals, windows, freezes, dependencies and error budgets. For when waiting ' +
        'is worse: it stands in the ledger with its reason, and everybody is told.',
    ),
  )
    .requiredOption('--reason <text>', 'why it cannot wait')
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice break-glass shop/production/web --reason "checkout is down, incident 4711"',
    )
    .action((target: string | undefined, options: GlassOptions) =>
      run((context) => breakFor(context, target, options)),
    );
};

async function breakFor(
  context: CommandContext,
  target: string | undefined,
  options: GlassOptions,
): Promise<ExitCode> {
  const found = await findTrack(context, target, options);
  if (!found.ok) return context.refuse(found.refused);
  const { id, active } = found.value;
  if (context.dryRun)
    return wouldBe(context, `break the glass for ${active?.version ?? 'the release'} of ${id}`);
  const api = await context.api();
  const rollout = active === null ? {} : { rollout: active.id };
  const reply = await api.breakGlass(id, { reason: options.reason, by: context.world.userName, ...rollout });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(trackFrame(reply.value, context.space()));
  return EXIT.ok;
}
