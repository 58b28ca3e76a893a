import { randomUUID } from 'node:crypto';
import type { ReleaseInput } from '@sluice/protocol/http/requests.ts';
import type { ReleaseReply } from '@sluice/protocol/http/requests.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { readDuration } from '../context/duration-option.ts';
import { planRelease } from '../context/plan-release.ts';
import { type ReleaseOptions, releaseInput, withRelease } from '../context/release-options.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { waitForRollouts } from '../follow/wait-for-rollouts.ts';
import { releaseLines } from '../output/release-lines.ts';
import { refusedByApi } from '../refused.ts';

interface DeployOptions extends ReleaseOptions {
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly timeout: string;
  readonly breakGlass?: string;
}

const EXPLAINED = `
A revision is named by the content of a component's source, its configuration, and the version when
one is given; strategies, checks and analysis say how it goes out and are no part of it. So:
  - what is stable already, by all of these, is left as it is;
  - what is being rolled out already goes on, and --wait waits for it;
  - another version of the same content is another revision, and is rolled out;
  - the same version of other content is another revision too; nothing is overwritten, and
    \`sluice rollback --to\` takes the newest of that version that was stable.
Without --version a revision is called by the first digits of its name.

Where the code comes from (repository, commit, branch and message) is found by itself: in GitHub Actions
and GitLab CI from their variables, else from git, where nothing in the folder was changed since the
commit. It is shown with the release, kept in the ledger and told to channels; nothing is decided by it.

Clusters are asked before a release is accepted, within ten seconds, and nothing is changed by that.
One that does not answer refuses it (5), and so do permissions, APIs and namespaces that are missing,
webhooks, policies and quotas (6). A dry run ends with 0 and says the same as warnings.

Examples:
  $ sluice deploy -f sluice.yaml --env production --version v1.2.3 --strategy canary
  $ sluice deploy --version "$(git describe --tags)" --wait --timeout 1h
  $ DRY_RUN=true CANARY_WEIGHT=25 sluice deploy

With --wait it ends with 0 when all rollouts succeeded, 3 when one was taken back, 4 when the time
was over, 7 when one is stuck; \`sluice help exit-codes\` lists all numbers.`;

/** `sluice deploy`: release what a sluice.yaml declares. */
export const deploy: DefineCommand = (command, run) => {
  withRelease(
    command.description(
      'Releases what a sluice.yaml declares: one rollout for every component that changes.',
    ),
  )
    .option('--dry-run', 'show what it would do and change nothing (DRY_RUN)')
    .option('--wait', 'show the progress, and end when all rollouts have ended')
    .option('--timeout <duration>', 'longest wait', '30m')
    .option('--break-glass <reason>', 'pass approvals, windows and freezes; everybody is told why')
    .addHelpText('after', EXPLAINED)
    .action((options: DeployOptions) => run((context) => deployFile(context, options)));
};

async function deployFile(context: CommandContext, options: DeployOptions): Promise<ExitCode> {
  const timeout = readDuration(options.timeout, '--timeout');
  if (!timeout.ok) return context.refuse(timeout.refused);
  const request = await releaseInput(context, options);
  if (!request.ok) return context.refuse(request.refused);
  if (options.dryRun || context.dryRun) return planRelease(context, request.value);
  return release(context, request.value, {
    waitMs: options.wait ? timeout.value : null,
    breakGlass: options.breakGlass ?? null,
  });
}

async function release(
  context: CommandContext,
  request: ReleaseInput,
  { waitMs, breakGlass }: { readonly waitMs: number | null; readonly breakGlass: string | null },
): Promise<ExitCode> {
  const api = await context.api();
  const keyed = { idempotencyKey: randomUUID() };
  let reply = await api.release(request, keyed);
  // A connection that broke leaves open whether the request arrived; with the same key it is harmless to ask again.
  if (!reply.ok && reply.failure.kind === 'unreachable') reply = await api.release(request, keyed);
  if (!reply.ok) return context.refuse({ ...refusedByApi(reply.failure, api.baseUrl), text: request.text });
  if (breakGlass !== null) {
    const refused = await breakGlassFor(context, reply.value, breakGlass);
    if (refused !== null) return refused;
  }
  return waitMs === null ? accepted(context, reply.value) : waitFor(context, reply.value, waitMs);
}

/** The releases wait at their gates meanwhile, and go on waiting when it is refused. */
async function breakGlassFor(
  context: CommandContext,
  { rollouts }: ReleaseReply,
  reason: string,
): Promise<ExitCode | null> {
  const api = await context.api();
  for (const { track, rollout } of rollouts) {
    if (rollout === null) continue;
    const by = context.world.userName;
    const broken = await api.breakGlass(track, { reason, by, rollout: rollout.id });
    if (!broken.ok) return context.refuse(refusedByApi(broken.failure, api.baseUrl));
  }
  return null;
}

function accepted(context: CommandContext, reply: ReleaseReply): ExitCode {
  if (context.json) context.printJson(reply);
  else {
    showRelease(context, reply);
    if (reply.rollouts.length > 0) context.print('Follow it with `sluice status --watch`.');
  }
  return EXIT.ok;
}

function showRelease(context: CommandContext, reply: ReleaseReply): void {
  context.print(releaseLines(reply, context.space()));
}

async function waitFor(context: CommandContext, reply: ReleaseReply, timeoutMs: number): Promise<ExitCode> {
  if (!context.json) showRelease(context, reply);
  const begun = reply.rollouts.flatMap(({ track, rollout }) => (rollout ? [{ id: rollout.id, track }] : []));
  const awaited = [...begun, ...reply.underWay.map(({ track, rollout }) => ({ id: rollout, track }))];
  if (awaited.length === 0) {
    if (context.json) context.printJson({ ...reply, outcome: 'unchanged' });
    return EXIT.ok;
  }
  if (!context.json) context.print('');
  const outcome = await waitForRollouts(context, awaited, timeoutMs);
  if (context.json) context.printJson({ ...reply, exitCode: outcome.exitCode, ended: outcome.rollouts });
  else if (outcome.words !== '') context.print(['', outcome.words]);
  return outcome.exitCode;
}
