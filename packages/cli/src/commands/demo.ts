import type { DefineCommand } from '../command-context.ts';

interface DemoCommandOptions {
  readonly once?: boolean;
}

/** `sluice demo`: a good and a bad release of an example under load. */
export const demo: DefineCommand = (command, run) => {
  command
    .description(
      'Starts a machine of its own in a folder for temporary files and releases the example shop under load: v1, a ' +
        'good v2 that is promoted, and a bad v3 that is caught and taken back. It stays up until Ctrl-C.',
    )
    .option('--once', 'end after the summary; 0 only if all went as it should')
    .addHelpText('after', '\nExample:\n  $ sluice demo --once --json')
    .action(({ once }: DemoCommandOptions) =>
      run(async (context) => {
        const { demo: showDemo } = await import('./demo/demo.ts');
        return showDemo(context, { once: once === true });
      }),
    );
};
