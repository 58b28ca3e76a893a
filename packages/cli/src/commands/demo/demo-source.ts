import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An example in a folder where it can be edited, as its developers would. */
export interface DemoSource {
  readonly directory: string;
  /** Turns the working copy into a version: `v1`, `v2` (good), `v3` (bad). */
  change(version: string): Promise<void>;
  /** What stands in its `sluice.yaml`. */
  text(): Promise<string>;
}

/** The copy of an example that lies in a folder. */
export const demoSource = (directory: string): DemoSource => ({
  directory,
  change: (version) =>
    copyFile(join(directory, 'releases', `${version}.json`), join(directory, 'release.json')),
  text: () => readFile(join(directory, 'sluice.yaml'), 'utf8'),
});
