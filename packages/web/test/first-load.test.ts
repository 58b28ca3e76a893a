import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** What the overview needs before it can be used, compressed. */
const BUDGET_BYTES = 250_000;
const web = fileURLToPath(new URL('..', import.meta.url));
const vite = join(createRequire(import.meta.url).resolve('vite/package.json'), '..', 'bin', 'vite.js');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-first-load-'));
  const flags = [
    '--config',
    join(web, 'vite.config.ts'),
    '--outDir',
    folder,
    '--manifest',
    '--logLevel',
    'warn',
  ];
  const env = { ...process.env, NODE_ENV: 'production' };
  const { status, stderr } = spawnSync(process.execPath, [vite, 'build', ...flags], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`the dashboard was not built: ${stderr}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}
type Manifest = Readonly<Record<string, Chunk>>;

/** Every file that comes with an entry, each once. */
function filesOf(manifest: Manifest, entry: string, seen = new Set<string>()): ReadonlySet<string> {
  const chunk = manifest[entry];
  if (chunk === undefined) throw new Error(`${entry} is not in the manifest`);
  if (seen.has(chunk.file)) return seen;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) seen.add(file);
  for (const name of chunk.imports ?? []) filesOf(manifest, name, seen);
  return seen;
}

const read = async (file: string) => readFile(join(folder, file));

it('the first page of the dashboard costs at most 250 kB compressed', async () => {
  const manifest = JSON.parse((await read('.vite/manifest.json')).toString()) as Manifest;
  const files = new Set([
    'index.html',
    ...filesOf(manifest, 'index.html'),
    ...filesOf(manifest, 'src/pages/overview/overview-page.tsx'),
  ]);
  const sizes = await Promise.all([...files].map(async (file) => gzipSync(await read(file)).length));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(20_000);
  expect(total).toBeLessThan(BUDGET_BYTES);
});

it('the page asks nobody but its own server, and holds no script of its own', async () => {
  const page = (await read('index.html')).toString();
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/);
  expect(page).not.toMatch(/<style|\sstyle=/);
});
