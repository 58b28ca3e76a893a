import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DemoSource, demoSource } from './demo-source.ts';

/** The example application, with who visits it. */
export interface DemoShop extends DemoSource {
  readonly loadScript: string;
}

const EXAMPLE = fileURLToPath(new URL('../../../../../examples/storefront/', import.meta.url));

/** Copies the example into a folder. */
export async function demoShop(directory: string): Promise<DemoShop> {
  await cp(EXAMPLE, directory, { recursive: true });
  return { ...demoSource(directory), loadScript: join(EXAMPLE, 'load.mjs') };
}
