import { access, constants, open, realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

/** A Node that lies where a sandbox does not see it, and is shown to it in another place. */
export interface FoundNode {
  readonly path: string;
  /** Whether it is the one that PATH leads to; else it is there for when nothing on PATH has one. */
  readonly isFirst: boolean;
}

const ELF = Buffer.from('\x7fELF');

/** The Node that `node` means outside, or the one that runs this; null when the sandbox sees it where it lies. */
export async function foundNode(path: string): Promise<FoundNode | null> {
  for (const folder of path.split(':')) {
    if (!isAbsolute(folder)) continue;
    const node = await program(join(folder, 'node'));
    if (node !== null) return isSeen(node) ? null : { path: node, isFirst: true };
  }
  const own = await realpath(process.execPath);
  return isSeen(own) ? null : { path: own, isFirst: false };
}

const isSeen = (path: string): boolean => path.startsWith('/usr/');

/** Where a program really lies; null when there is none, or it is a script that needs more than itself. */
async function program(path: string): Promise<string | null> {
  try {
    const real = await realpath(path);
    await access(real, constants.X_OK);
    const file = await open(real);
    try {
      const { buffer } = await file.read(Buffer.alloc(ELF.length), 0, ELF.length, 0);
      return buffer.equals(ELF) ? real : null;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
