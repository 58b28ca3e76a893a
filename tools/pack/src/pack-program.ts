import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What runs, as TypeScript: Node reads it as it is, because its own packages lie outside of `node_modules`. */
const PACKAGES = [
  'cli',
  'config',
  'core',
  'host',
  'kubernetes',
  'protocol',
  'sandbox',
  'server',
  'worker',
] as const;

/** What goes along as it is. */
const WHOLE = [
  'sluice',
  'LICENSE',
  'README.md',
  '.npmrc',
  'package-lock.json',
  'tools/bin',
  'docs',
  'deploy',
];

/** A package file as it is in the repository. */
interface PackageFile {
  readonly devDependencies?: unknown;
  readonly [key: string]: unknown;
}

/**
 * Makes the folder of the program as it is delivered: command line, control plane, host, the built dashboard, examples and
 * documents, without tests and without what only their authors need. `./sluice` in it installs what is missing at its first run.
 *
 * @param root of the repository
 * @param into a folder that is made
 */
export async function packProgram(root: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  for (const name of WHOLE) await cp(join(root, name), join(into, name), { recursive: true });
  for (const name of PACKAGES) {
    const [from, to] = [join(root, 'packages', name), join(into, 'packages', name)];
    await cp(join(from, 'src'), join(to, 'src'), { recursive: true, filter: isForUsers });
    await copyPackageFile(from, to);
  }
  await cp(join(root, 'packages/protocol/proto'), join(into, 'packages/protocol/proto'), { recursive: true });
  for (const name of await readdir(join(root, 'examples')))
    await cp(join(root, 'examples', name), join(into, 'examples', name), {
      recursive: true,
      filter: isForUsers,
    });
  await copyPackageFile(root, into, {
    workspaces: ['packages/*', 'examples/*'],
    scripts: { start: './sluice demo' },
  });
  await buildDashboard(root, join(into, 'packages/web/dist'));
}

/** Tests, what they stand on, and what an editor or npm left behind stay at home. */
const isForUsers = (path: string): boolean =>
  !/^(testing|goldens|node_modules)$|\.(test|contract)\.tsx?$/.test(basename(path));

async function copyPackageFile(from: string, to: string, changes: object = {}): Promise<void> {
  const { devDependencies: _ours, ...file } = JSON.parse(
    await readFile(join(from, 'package.json'), 'utf8'),
  ) as PackageFile;
  await writeFile(join(to, 'package.json'), `${JSON.stringify({ ...file, ...changes }, null, 2)}\n`);
}

/** Its sources and what builds it stay at home: the server takes what lies here. */
async function buildDashboard(root: string, into: string): Promise<void> {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const config = join(root, 'packages/web/vite.config.ts');
  const words = [vite, 'build', '--config', config, '--outDir', into, '--logLevel', 'warn'];
  await run(process.execPath, words, { env: { ...process.env, NODE_ENV: 'production' } });
}
