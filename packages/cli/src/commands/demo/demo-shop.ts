import { cp, copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The example application in a folder where it can be edited, as its developers would. */
export interface DemoShop {
  readonly directory: string;
  readonly file: string;
  /** Turns the working copy into a version: `v1`, `v2` (good), `v3` (bad). */
  change(version: string): Promise<void>;
  text(): Promise<string>;
  readonly loadScript: string;
}

const EXAMPLE = fileURLToPath(new URL('../../../../../examples/storefront/', import.meta.url));

/** Copies the example into a folder. */
export async function demoShop(directory: string): Promise<DemoShop> {
  await cp(EXAMPLE, directory, { recursive: true });
  const file = join(directory, 'sluice.yaml');
  return {
    directory,
    file,
    change: (version) =>
      copyFile(join(directory, 'releases', `${version}.json`), join(directory, 'release.json')),
    text: () => readFile(file, 'utf8'),
    loadScript: join(EXAMPLE, 'load.mjs'),
  };
}
