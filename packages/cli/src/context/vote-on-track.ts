import { randomUUID } from 'node:crypto';
import type { ApprovalsView } from '@sluice/protocol/http/gates.ts';
import type { RolloutView } from '@sluice/protocol/http/views.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { trackFrame } from '../output/track-frame.ts';
import { refusedByApi } from '../refused.ts';
import { wouldBe } from './act-on-track.ts';
import { type TargetOptions, findTrack, withTarget } from './target.ts';

interface VoteOptions extends TargetOptions {
  readonly reason?: string;
}

/** What makes approving differ from rejecting. */
export interface Voting {
  readonly decision: 'approve' | 'reject';
  readonly description: string;
  readonly examples: readonly string[];
}

/** Makes a command that says yes or no to a release. */
export const votingCommand =
  ({ decision, description, examples }: Voting): DefineCommand =>
  (command, run) => {
    const described = withTarget(command.description(description));
    const withReason =
      decision === 'reject'
        ? described.requiredOption('--reason <text>', 'why; everybody is told')
        : described.option('--reason <text>', 'why; everybody is told');
    const title = examples.length === 1 ? 'Example' : 'Examples';
    withReason
      .addHelpText('after', `\n${title}:${examples.map((example) => `\n  $ ${example}`).join('')}`)
      .action((target: string | undefined, options: VoteOptions) =>
        run((context) => vote(context, { decision, target, options })),
      );
  };

interface Order {
  readonly decision: 'approve' | 'reject';
  readonly target: string | undefined;
  readonly options: VoteOptions;
}

async function vote(context: CommandContext, { decision, target, options }: Order): Promise<ExitCode> {
  const found = await findTrack(context, target, options);
  if (!found.ok) return context.refuse(found.refused);
  const { id, active } = found.value;
  if (context.dryRun) return wouldBe(context, `${decision} ${active?.version ?? 'the release'} of ${id}`);
  const api = await context.api();
  const said = options.reason === undefined ? {} : { reason: options.reason };
  const by = context.world.userName;
  // A step for which nobody is named is approved by whoever says so, as `promote` does.
  const reply =
    decision === 'approve' && active && isPlainStep(active)
      ? await api.command(
          id,
          { command: 'promote', by, seen: { rollout: active.id, step: active.step } },
          { idempotencyKey: randomUUID() },
        )
      : await api.vote(id, { decision, by, ...said, ...seenPlan(active?.approvals), ...seenRollout(active) });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(trackFrame(reply.value, context.space()));
  return EXIT.ok;
}

const isPlainStep = ({ phase, reason, approvals }: RolloutView): boolean =>
  phase === 'held' && reason?.kind === 'approval' && (approvals?.rules.length ?? 0) === 0;

const seenPlan = (approvals: ApprovalsView | undefined) =>
  approvals === undefined ? {} : { planHash: approvals.planHash };

const seenRollout = (active: RolloutView | null) => (active === null ? {} : { rollout: active.id });
