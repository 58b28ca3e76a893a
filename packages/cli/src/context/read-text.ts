import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';

/** Reads a file, or with `-` what comes in. */
export async function readText({ world }: CommandContext, file: string): Promise<Outcome<string>> {
  try {
    const value =
      file === '-'
        ? await world.readStandardInput()
        : await readFile(resolve(world.workingDirectory, file), 'utf8');
    return { ok: true, value };
  } catch (thrown) {
    return refusal(EXIT.refusedInput, 'unreadable-file', {
      detail: `${file} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}.`,
      remedy: 'Name a file that is there, or - for standard input.',
    });
  }
}
