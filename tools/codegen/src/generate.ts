import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Generator } from './generator.ts';
import { lineDifference } from './line-difference.ts';

/** A generated file that does not hold what its generator makes, and how it differs. */
export interface StaleFile {
  readonly path: string;
  readonly difference: string;
}

/** Runs the generators and returns the files that are not up to date; unless `check`, they are written as well. */
export async function generate(
  root: string,
  generators: readonly Generator[],
  { check }: { check: boolean },
): Promise<StaleFile[]> {
  const stale: StaleFile[] = [];
  for (const { path, produce } of generators) {
    const wanted = await produce();
    const present = readIfThere(join(root, path));
    if (present === wanted) continue;
    stale.push({ path, difference: lineDifference(present ?? '', wanted) });
    if (!check) write(join(root, path), wanted);
  }
  return stale;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
