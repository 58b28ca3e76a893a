import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';
import { APPLICATION_FILES } from './application-name.ts';
import {
  isManifests,
  MANIFEST_OPTIONS,
  type ManifestFile,
  type ManifestOptions,
  manifestApplication,
} from './manifest-application.ts';

/** A sluice.yaml that was read. */
export interface ApplicationFile {
  readonly text: string;
  /** As the person named it, for messages. */
  readonly file: string;
  /** Absolute folder that paths in the file start from. */
  readonly baseDirectory: string;
}

/** What may be said of a file that turns out to be manifests. */
export type FileOptions = ManifestOptions & { readonly file?: readonly string[]; readonly env?: string };

/** Adds the option that names the file, or several of manifests. */
export const withFile = (command: Command): Command =>
  command.option(
    '-f, --file <path>',
    'the sluice.yaml, or - for standard input, or manifests, of which several may be named (default: ./sluice.yaml)',
    (path: string, before: readonly string[] | undefined) => [
      ...(before ?? []).filter((other) => other !== path),
      path,
    ],
  );

/**
 * Reads the file that is meant and, where it is manifests of Kubernetes, of Argo Rollouts or of Flagger, gives the
 * sluice.yaml that they stand for. Only manifests may be several files: they are one application together.
 */
export async function readReleasableFile(
  context: Pick<CommandContext, 'world'>,
  options: FileOptions,
): Promise<Outcome<ApplicationFile>> {
  const [named, ...others] = options.file ?? [];
  if (named !== undefined && others.length > 0) return readSeveral(context, [named, ...others], options);
  const read = await readApplicationFile(context, named);
  if (!read.ok) return read;
  const { text, file, baseDirectory } = read.value;
  if (!isManifests(text)) {
    const idle = MANIFEST_OPTIONS.find((name) => options[name] !== undefined);
    return idle === undefined ? read : idleOption(idle, file);
  }
  if (named === '-') return unnamedManifests();
  const path = basename(file);
  const made = await manifestApplication(
    [{ file, text }],
    { ...options, environment: options.env },
    () => path,
  );
  if (!made.ok) return made;
  return { ok: true, value: { text: made.value.text, file: `${file} (as sluice.yaml)`, baseDirectory } };
}

async function readSeveral(
  context: Pick<CommandContext, 'world'>,
  names: readonly [string, ...string[]],
  options: FileOptions,
): Promise<Outcome<ApplicationFile>> {
  const files: ManifestFile[] = [];
  for (const name of names) {
    if (name === '-') return unnamedManifests();
    const read = await readApplicationFile(context, name);
    if (!read.ok) return read;
    if (!isManifests(read.value.text)) return notSeveral(name);
    files.push({ file: name, text: read.value.text });
  }
  const { workingDirectory } = context.world;
  const baseDirectory = dirname(resolve(workingDirectory, names[0]));
  const written = (file: string): string =>
    relative(baseDirectory, resolve(workingDirectory, file)).replaceAll('\\', '/');
  const made = await manifestApplication(files, { ...options, environment: options.env }, written);
  if (!made.ok) return made;
  const file = `${names.join(', ')} (as sluice.yaml)`;
  return { ok: true, value: { text: made.value.text, file, baseDirectory } };
}

const notSeveral = (name: string) =>
  refusal(EXIT.refusedInput, 'several-files', {
    detail: `-f names several files, and ${name} is no file of manifests; a sluice.yaml is released by itself.`,
    remedy: 'Name one sluice.yaml, or manifests only; a sluice.yaml may take components from manifests.',
  });

const idleOption = (option: string, file: string) =>
  refusal(EXIT.refusedInput, 'idle-option', {
    detail: `--${option} is of manifests, and ${file} is a sluice.yaml, which says it itself.`,
    remedy: 'Leave it out, or change the file.',
  });

const unnamedManifests = () =>
  refusal(EXIT.refusedInput, 'unnamed-manifests', {
    detail: 'Manifests on standard input cannot be released: the control plane reads them from their file.',
    remedy: 'Save them to a file and name it with -f.',
  });

/** Reads the file that is meant: the one named, `-` for standard input, or the sluice.yaml of the working folder. */
export async function readApplicationFile(
  { world }: Pick<CommandContext, 'world'>,
  named: string | undefined,
): Promise<Outcome<ApplicationFile>> {
  if (named === '-') {
    const text = await world.readStandardInput();
    return { ok: true, value: { text, file: 'standard input', baseDirectory: world.workingDirectory } };
  }
  for (const file of named === undefined ? APPLICATION_FILES : [named]) {
    const path = resolve(world.workingDirectory, file);
    const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => ({
      code: thrown.code,
    }));
    if (typeof text === 'string') return { ok: true, value: { text, file, baseDirectory: dirname(path) } };
    if (named !== undefined || text.code !== 'ENOENT') return unreadable(path, text.code);
  }
  return unreadable(join(world.workingDirectory, APPLICATION_FILES[0]), 'ENOENT');
}

function unreadable(path: string, code: string | undefined) {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'it may not be read',
    EISDIR: 'it is a folder',
  };
  return refusal(EXIT.refusedInput, 'unreadable-file', {
    detail: `${path} cannot be read: ${reasons[code ?? ''] ?? code ?? 'unknown reason'}.`,
    remedy: 'Name the file with -f, or go to the folder in which it lies.',
  });
}
