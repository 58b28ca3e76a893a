import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { World } from '../world.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';

/** What a task is given: JSON as it stands, `@file` for the JSON of a file, `-` for that of standard input. */
export async function readTaskInput(world: World, given: string): Promise<Outcome<unknown>> {
  const text = await textOf(world, given);
  if (!text.ok) return text;
  try {
    return { ok: true, value: JSON.parse(text.value) as unknown };
  } catch (thrown) {
    return refusal(EXIT.refusedInput, 'invalid-json', {
      detail: `--input is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}.`,
      remedy: `Write for example --input '{"text":"hello"}', --input '"hello"', or --input @file.json.`,
    });
  }
}

async function textOf(world: World, given: string): Promise<Outcome<string>> {
  if (given === '-') return { ok: true, value: await world.readStandardInput() };
  if (!given.startsWith('@')) return { ok: true, value: given };
  const file = given.slice(1);
  try {
    return { ok: true, value: await readFile(resolve(world.workingDirectory, file), 'utf8') };
  } catch (thrown) {
    const { code = 'unreadable' } = Object(thrown) as { code?: string };
    return refusal(EXIT.refusedInput, 'unreadable-file', {
      detail: `The file ${file} of --input cannot be read (${code}).`,
      remedy: 'Name a file that is there; --input without @ is the JSON itself.',
    });
  }
}
