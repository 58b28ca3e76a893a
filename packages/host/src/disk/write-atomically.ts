import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Ends the names of files that are being written; a reader of the folder skips them, a start removes them. */
export const UNFINISHED_SUFFIX = '.unfinished';

/**
 * Replaces a file as a whole: after a crash or a power cut at any moment it holds either the old text or the new.
 * The caller writes one path at a time. Readable by the owner only, because orders hold environments.
 */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const unfinished = `${path}${UNFINISHED_SUFFIX}`;
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  await syncFolder(dirname(path));
}

/** Makes the names in a folder durable: without it a power cut may bring the old name back. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
