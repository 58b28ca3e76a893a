import type { DefineCommand } from '../command-context.ts';
import { type ReleaseOptions, releaseInput, withRelease } from '../context/release-options.ts';
import { planRelease } from '../context/plan-release.ts';

/** `sluice plan`: what a release would do. */
export const plan: DefineCommand = (command, run) => {
  withRelease(
    command.description(
      'Shows what a release would do, step by step, and changes nothing. For every hard limit it says how often a ' +
        'good release would break it, and how soon a bad one does, at the present traffic.',
    ),
  )
    .addHelpText('after', '\nExample:\n  $ sluice plan -f sluice.yaml --env production --strategy canary')
    .action((options: ReleaseOptions) =>
      run(async (context) => {
        const request = await releaseInput(context, options);
        return request.ok ? planRelease(context, request.value) : context.refuse(request.refused);
      }),
    );
};
