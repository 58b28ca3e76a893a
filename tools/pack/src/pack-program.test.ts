import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packProgram } from './pack-program.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** What builds the dashboard, and what it is made of: no part of what is delivered. */
const AT_HOME = new Set(['@sluice', 'vite', 'rolldown', 'react', 'react-dom', 'typescript', 'vitest']);
/** A whole control plane is started, while other tests keep the machine busy. */
const PATIENCE_MS = 120_000;
let folder = '';
let program = '';

/** The program in a folder of a user, with what npm would install for it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-delivered-'));
  program = join(folder, 'sluice');
  await packProgram(ROOT, program);
  const modules = join(program, 'node_modules');
  await mkdir(join(modules, '@sluice'), { recursive: true });
  for (const name of await readdir(join(ROOT, 'node_modules')))
    if (!AT_HOME.has(name)) await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  for (const name of await readdir(join(program, 'packages')))
    await symlink(join(program, 'packages', name), join(modules, '@sluice', name));
}, PATIENCE_MS);
afterAll(async () => {
  await sluice('down');
  await rm(folder, { recursive: true, force: true });
});

const sluice = async (...words: readonly string[]): Promise<string> => {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, HOME: folder, SLUICE_HOME: join(folder, 'machine') };
  return (await run(process.execPath, [join(program, 'packages/cli/src/main.ts'), ...words], { env })).stdout;
};

it(
  'what is delivered brings the dashboard along, built, and serves it without what builds it',
  async () => {
    const { apiPort } = JSON.parse(await sluice('up', '--port', '0', '--api-port', '0', '--json')) as {
      readonly apiPort: number;
    };
    const address = `http://127.0.0.1:${apiPort}`;
    const page = await fetch(`${address}/rollouts`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text()) ?? [];
    const reply = await fetch(`${address}${script}`);
    expect(reply.headers.get('content-type')).toContain('text/javascript');
    expect((await reply.text()).length).toBeGreaterThan(100_000);
    expect(await sluice('dashboard', '--print')).toMatch(new RegExp(`^${address}/#token=slu_`));
  },
  PATIENCE_MS,
);

it('no tests are delivered, nor what only authors need', async () => {
  const files = await readdir(program, { recursive: true });
  const ours = files.filter((file) => !file.startsWith('node_modules'));
  expect(ours.filter((file) => /\.(test|contract)\.ts$|\/testing\//.test(file))).toEqual([]);
  expect(ours.filter((file) => file.startsWith('packages/web/src'))).toEqual([]);
  expect(ours).toContain('packages/server/src/policies/starter');
});
