import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';
import { APPLICATION_FILES } from './application-name.ts';

/** A sluice.yaml that was read. */
export interface ApplicationFile {
  readonly text: string;
  /** As the person named it, for messages. */
  readonly file: string;
  /** Absolute folder that paths in the file start from. */
  readonly baseDirectory: string;
}

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
