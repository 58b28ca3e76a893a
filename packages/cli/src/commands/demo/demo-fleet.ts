import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DemoSource, demoSource } from './demo-source.ts';

/** The example fleet, with something to do for it. */
export interface DemoFleet extends DemoSource {
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
  return { ...demoSource(directory), task: (n) => sampleMail(n).mail };
}
