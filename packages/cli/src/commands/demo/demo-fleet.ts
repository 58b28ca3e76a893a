import { cp, copyFile, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DemoShop } from './demo-shop.ts';

/** The example fleet in a folder where it can be edited, with something to do for it. */
export interface DemoFleet extends Pick<DemoShop, 'directory' | 'change' | 'text'> {
  /** What there is to do, number `n`. */
  task(n: number): unknown;
}

const ROOT = new URL('../../../../../', import.meta.url);
const EXAMPLE = new URL('examples/triage/', ROOT);

/** Copies the example into a folder, from where it finds the packages that it needs. */
export async function demoFleet(directory: string): Promise<DemoFleet> {
  await cp(EXAMPLE, directory, {
    recursive: true,
    filter: (source) => !source.endsWith('/node_modules'),
  });
  await symlink(fileURLToPath(new URL('node_modules', ROOT)), join(directory, 'node_modules'));
  const { sampleMail } = (await import(new URL('src/sample-mail.ts', EXAMPLE).href)) as {
    readonly sampleMail: (n: number) => { readonly mail: unknown };
  };
  return {
    directory,
    change: (version) =>
      copyFile(join(directory, 'releases', `${version}.json`), join(directory, 'release.json')),
    text: () => readFile(join(directory, 'sluice.yaml'), 'utf8'),
    task: (n) => sampleMail(n).mail,
  };
}
