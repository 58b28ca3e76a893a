import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of the file that people keep in their folder. */
export const APPLICATION_FILES = ['sluice.yaml', 'sluice.yml'] as const;

/** The application that a text declares; read leniently, because the rest may be half written. */
export const applicationNameIn = (text: string): string | undefined =>
  /^application:[ \t]*["']?([A-Za-z0-9][A-Za-z0-9._-]*)["']?[ \t]*(#.*)?$/m.exec(text)?.[1];

/** The application of the sluice.yaml in a folder; undefined when there is none. */
export async function applicationNameNearby(folder: string): Promise<string | undefined> {
  for (const name of APPLICATION_FILES) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text !== undefined) return applicationNameIn(text);
  }
  return undefined;
}
