import { randomUUID } from 'node:crypto';
import { open, rename } from 'node:fs/promises';

/** Replaces a file, which only its owner reads, as a whole; two who do so at once are not in each other's way. */
export async function replacePrivately(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.unfinished`;
  await writePrivately(unfinished, text);
  await rename(unfinished, path);
}

/** Writes a file that is not there yet, for its owner alone. */
export async function writePrivately(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
