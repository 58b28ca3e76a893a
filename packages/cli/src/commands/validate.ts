import type { Diagnostic } from '@sluice/config/diagnostics/diagnostic.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import {
  type ApplicationFile,
  type FileOptions,
  readReleasableFile,
  withFile,
} from '../context/application-file.ts';
import { withManifests } from '../context/manifest-application.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { countWords } from '../output/words.ts';

/** `sluice validate`: check a file without a control plane. */
export const validate: DefineCommand = (command, run) => {
  withManifests(
    withFile(
      command.description(
        'Checks a sluice.yaml without a control plane: unknown keys, wrong values, impossible plans, missing files. ' +
          'Every fault is told at its place. Expressions in CEL are checked by `plan` and `deploy`.',
      ),
    ).option('-e, --env <name>', 'environment that must be there (default: all of the file)'),
  )
    .addHelpText('after', '\nExample:\n  $ sluice validate -f sluice.yaml')
    .action((options: FileOptions) => run((context) => validateFile(context, options)));
};

async function validateFile(context: CommandContext, options: FileOptions): Promise<ExitCode> {
  const read = await readReleasableFile(context, options);
  if (!read.ok) return context.refuse(read.refused);
  const { parseApplication } = await import('@sluice/config/parse-application.ts');
  const { declaredEnvironments } = await import('@sluice/config/declared-environments.ts');
  const environment = options.env ?? declaredEnvironments(read.value.text)[0];
  const { text, baseDirectory } = read.value;
  const outcome = parseApplication(text, {
    file: read.value.file,
    environment,
    baseDirectory,
    checkFiles: true,
  });
  if (!outcome.ok) return refused(context, read.value, outcome.diagnostics);
  const { application, environments, warnings } = outcome;
  const components = application.components.map(({ name }) => name);
  if (context.json) {
    context.printJson({
      ok: true,
      application: application.application,
      environments,
      components,
      faults: [],
      warnings,
    });
    return EXIT.ok;
  }
  if (warnings.length > 0) await printDiagnostics(context, warnings, { text, label: 'warning' });
  const { paint, symbols } = context.style;
  const what = `${application.application}: ${components.join(', ')} in ${environments.join(', ')}`;
  const doubts = warnings.length > 0 ? `, with ${countWords(warnings.length, 'warning')}` : '';
  context.print(`${paint('good', symbols.done)} ${read.value.file} is right${doubts}. ${what}.`);
  return EXIT.ok;
}

async function refused(
  context: CommandContext,
  { text, file }: ApplicationFile,
  diagnostics: readonly Diagnostic[],
): Promise<ExitCode> {
  if (context.json) {
    const none = { application: null, environments: [], components: [], warnings: [] };
    context.printJson({ ok: false, ...none, faults: diagnostics });
    return EXIT.refusedInput;
  }
  await printDiagnostics(context, diagnostics, { text });
  const { paint, symbols } = context.style;
  context.print(`${paint('bad', symbols.failed)} ${file} has ${countWords(diagnostics.length, 'fault')}.`);
  return EXIT.refusedInput;
}

async function printDiagnostics(
  context: CommandContext,
  diagnostics: readonly Diagnostic[],
  { text, label }: { readonly text: string; readonly label?: 'warning' },
): Promise<void> {
  const { formatDiagnostics } = await import('@sluice/config/diagnostics/format-diagnostics.ts');
  context.print(formatDiagnostics(diagnostics, text, label));
}
