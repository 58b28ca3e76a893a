import type { PolicyTestInput } from '@sluice/protocol/http/policy-calls.ts';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { readText } from '../../context/read-text.ts';
import { type ReleaseOptions, releaseInput, withRelease } from '../../context/release-options.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { outcomeLines } from '../../output/policy-lines.ts';
import { type Outcome, refusedByApi } from '../../refused.ts';

interface TestOptions extends ReleaseOptions {
  readonly policies?: string;
  readonly objects?: string;
  readonly belongsTo?: string;
  readonly track?: string;
}

/** `sluice policies test`: what policies would say. */
export const testPolicies: DefineCommand = (command, run) => {
  withRelease(
    command.description(
      'Asks policies about a release, about manifests of Kubernetes or about what a track has, and changes nothing: those in force, or those of a ' +
        'file that is only tried. Ends with an error when they would deny it.',
    ),
  )
    .option('--policies <file>', 'ask the policies of this file instead of those in force')
    .option('--objects <file>', 'ask about the objects of this file instead of a release')
    .option(
      '--belongs-to <application>',
      'with --objects: to which application they belong (default: default)',
    )
    .option('--track <track>', 'ask about what this track has now instead of a release')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice policies test -f sluice.yaml --env production\n' +
        '  $ sluice policies test --policies no-root.yaml --objects rendered.yaml\n' +
        '  $ sluice policies test --policies no-root.yaml --track shop/production/web',
    )
    .action((options: TestOptions) => run((context) => test(context, options)));
};

async function test(context: CommandContext, options: TestOptions): Promise<ExitCode> {
  const request = await questionOf(context, options);
  if (!request.ok) return context.refuse(request.refused);
  const api = await context.api();
  const reply = await api.testPolicies(request.value);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { allowed, outcomes } = reply.value;
  if (context.json) context.printJson(reply.value);
  else
    context.print([
      ...outcomeLines(outcomes, context.style),
      outcomes.length === 0
        ? 'No policy is in force here.'
        : allowed
          ? 'It would not be refused for a policy.'
          : 'It would be refused.',
    ]);
  return allowed ? EXIT.ok : EXIT.refusedInput;
}

async function questionOf(context: CommandContext, options: TestOptions): Promise<Outcome<PolicyTestInput>> {
  const tried = options.policies === undefined ? undefined : await readText(context, options.policies);
  if (tried && !tried.ok) return tried;
  const text = tried ? { text: tried.value, file: options.policies ?? '' } : {};
  const by = context.world.userName;
  if (options.objects !== undefined) {
    const objects = await readText(context, options.objects);
    if (!objects.ok) return objects;
    const { belongsTo: application, env } = options;
    const place = {
      ...(application !== undefined && { application }),
      ...(env !== undefined && { environment: env }),
    };
    return { ok: true, value: { ...text, ...place, by, objects: objects.value } };
  }
  if (options.track !== undefined) return { ok: true, value: { ...text, by, track: options.track } };
  const release = await releaseInput(context, options);
  return release.ok ? { ok: true, value: { ...text, by, release: release.value } } : release;
}
