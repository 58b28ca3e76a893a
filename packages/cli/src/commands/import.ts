import { readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { ApplicationSpec } from '@sluice/core/rollout/component-spec.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import {
  type ManifestApplication,
  type ManifestFile,
  type ManifestOptions,
  manifestApplication,
  withManifests,
} from '../context/manifest-application.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { adoptedComponents, importLines } from '../output/import-lines.ts';
import { type Outcome, refusal } from '../refused.ts';

interface ImportOptions extends ManifestOptions {
  readonly file: readonly string[];
  readonly output: string;
}

/** `sluice import`: a sluice.yaml of files that other tools release. */
export const importManifests: DefineCommand = (command, run) => {
  withManifests(
    command
      .description(
        'Reads manifests of Argo Rollouts, of Flagger and plain workloads, says what they become (components, steps, ' +
          'measurements, what Sluice does otherwise and where) and writes a sluice.yaml that takes its components from ' +
          'these files. They stay as they are; no file is overwritten.',
      )
      .requiredOption('-f, --file <path...>', 'files of manifests')
      .option('-o, --output <path>', 'the file to write', 'sluice.yaml'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice import -f k8s/rollout.yaml -f k8s/analysis.yaml --application shop --namespace shop\n' +
        '  $ sluice plan',
    )
    .action((options: ImportOptions) => run((context) => importFiles(context, options)));
};

async function importFiles(context: CommandContext, options: ImportOptions): Promise<ExitCode> {
  const files = await readManifestFiles(context, options.file);
  if (!files.ok) return context.refuse(files.refused);
  const output = resolve(context.world.workingDirectory, options.output);
  const written = (file: string): string =>
    relative(dirname(output), resolve(context.world.workingDirectory, file)).replaceAll('\\', '/');
  const made = await manifestApplication(files.value, options, written);
  if (!made.ok) return context.refuse(made.refused);
  const checked = await checkedApplication(made.value, options.output, output);
  if (!checked.ok) return context.refuse(checked.refused);
  if (!context.dryRun) {
    const fault = await writeNew(output, made.value.text);
    if (fault) return context.refuse(fault.refused);
  }
  const { text, adoption } = made.value;
  const { application } = checked.value;
  const { differences, unused } = adoption;
  if (context.json) {
    const components = adoptedComponents(checked.value);
    const file = context.dryRun ? null : output;
    context.printJson({ file, text, application, components, differences, unused });
  } else context.print(importLines(checked.value, { differences, unused }, context.space()));
  if (!context.json) context.print(doneLine(context, options.output));
  return EXIT.ok;
}

function doneLine({ style, dryRun }: CommandContext, output: string): string {
  const { paint, symbols } = style;
  return dryRun
    ? `It would write ${output}.`
    : `${paint('good', symbols.done)} Wrote ${output}. \`sluice plan -f ${output}\` shows what a release would do.`;
}

async function readManifestFiles(
  { world }: CommandContext,
  names: readonly string[],
): Promise<Outcome<readonly ManifestFile[]>> {
  const files: ManifestFile[] = [];
  for (const file of new Set(names)) {
    const text = await readFile(resolve(world.workingDirectory, file), 'utf8').catch(
      (thrown: NodeJS.ErrnoException) => ({ code: thrown.code ?? 'unknown reason' }),
    );
    if (typeof text !== 'string')
      return refusal(EXIT.refusedInput, 'unreadable-file', {
        detail: `${file} cannot be read (${text.code}).`,
        remedy: 'Name files of manifests with -f.',
      });
    files.push({ file, text });
  }
  return { ok: true, value: files };
}

/** Nothing is written that `validate` would refuse. */
async function checkedApplication(
  { text }: ManifestApplication,
  file: string,
  path: string,
): Promise<Outcome<ApplicationSpec>> {
  const { parseApplication } = await import('@sluice/config/parse-application.ts');
  const outcome = parseApplication(text, { file, baseDirectory: dirname(path), checkFiles: true });
  if (outcome.ok) return { ok: true, value: outcome.application };
  const { refused } = refusal(EXIT.refusedInput, 'invalid-manifests', {
    detail: 'The sluice.yaml of these manifests would be refused.',
    remedy: 'Mend what is named above; nothing was written.',
  });
  return { ok: false, refused: { ...refused, faults: outcome.diagnostics, text } };
}

async function writeNew(path: string, text: string) {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return undefined;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    const isThere = code === 'EEXIST';
    return refusal(EXIT.refusedInput, isThere ? 'file-exists' : 'unwritable-file', {
      detail: isThere
        ? `${path} is there already, and nothing is overwritten.`
        : `${path} cannot be written (${code ?? 'unknown reason'}).`,
      remedy: 'Name another file with -o.',
    });
  }
}
