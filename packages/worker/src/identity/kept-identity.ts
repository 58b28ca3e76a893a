import { readFile } from 'node:fs/promises';
import { replacePrivately } from '@sluice/protocol/process/private-file.ts';
import { type KeptIdentity, keptIdentitySchema } from '@sluice/protocol/http/joining.ts';

/** What lies in a file; null when there is nothing that can be used. */
export async function readIdentity(file: string): Promise<KeptIdentity | null> {
  try {
    return keptIdentitySchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Keeps it in a file that only its owner reads, as a whole. */
export const keepIdentity = (file: string, identity: KeptIdentity): Promise<void> =>
  replacePrivately(file, `${JSON.stringify(identity)}\n`);
