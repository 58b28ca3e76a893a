import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What an author of agents installs, each after those that it needs. */
const PACKAGES = ['core', 'protocol', 'sandbox', 'worker'] as const;

/** Node runs TypeScript by stripping types, but not below `node_modules`: there it has to be JavaScript. */
const EXPORTS = {
  './*.ts': { types: './dist/*.d.ts', default: './dist/*.js' },
  './*.js': { types: './dist/*.d.ts', default: './dist/*.js' },
};

/** A package file as it is in the repository. */
interface PackageFile {
  readonly name: string;
  readonly private?: boolean;
  readonly [key: string]: unknown;
}

/**
 * Makes the packages of the SDK as they are published: JavaScript and types, importable by the names that they have here.
 *
 * @param root of the repository
 * @param into a folder that is made; each package gets a folder of its own in it
 * @returns the folders
 */
export async function packSdk(root: string, into: string): Promise<readonly string[]> {
  await mkdir(into, { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-pack-'));
  try {
    const folders: string[] = [];
    for (const name of PACKAGES) folders.push(await packOne(root, name, { into, scratch }));
    return folders;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function packOne(
  root: string,
  name: (typeof PACKAGES)[number],
  { into, scratch }: { readonly into: string; readonly scratch: string },
): Promise<string> {
  const source = join(root, 'packages', name);
  const folder = join(into, name);
  const config = join(scratch, `${name}.json`);
  await writeFile(config, JSON.stringify(compilation(root, source, join(folder, 'dist'))));
  await run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', config]);
  if (name === 'protocol')
    await cp(join(source, 'src', 'generated'), join(folder, 'dist', 'generated'), { recursive: true });
  const { private: _private, ...file } = JSON.parse(
    await readFile(join(source, 'package.json'), 'utf8'),
  ) as PackageFile;
  await writeFile(
    join(folder, 'package.json'),
    `${JSON.stringify({ ...file, files: ['dist'], exports: EXPORTS }, null, 2)}\n`,
  );
  await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  return folder;
}

const compilation = (root: string, source: string, outDir: string) => ({
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: {
    ...{ noEmit: false, declaration: true, rewriteRelativeImportExtensions: true },
    ...{ rootDir: join(source, 'src'), outDir, lib: ['ES2024'], types: ['node'] },
    typeRoots: [join(root, 'node_modules', '@types')],
  },
  include: [join(source, 'src')],
  exclude: [join(source, 'src', '**', '*.test.ts'), join(source, 'src', '**', 'testing')],
});
