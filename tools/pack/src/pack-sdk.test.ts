import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packSdk } from './pack-sdk.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
let folder: string;

/** A folder of a user: it has the packages as they are published, and what they need from elsewhere. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-user-'));
  const modules = join(folder, 'node_modules');
  await packSdk(ROOT, join(modules, '@sluice'));
  await mkdir(modules, { recursive: true });
  for (const name of ['@bufbuild', '@connectrpc', '@types', 'zod', 'undici-types'])
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('is run by plain Node from below node_modules, and says what an agent lacks', async () => {
  const program = `import { startWorker } from '@sluice/worker/start-worker.ts';
    import { TaskError } from '@sluice/worker/task-error.ts';
    console.log(typeof startWorker, new TaskError('input', 'no') instanceof Error);
    await startWorker({ handle: () => null }).catch((error) => console.log(error.message));`;
  await writeFile(join(folder, 'agent.mjs'), program);
  const { PATH } = process.env;
  const { stdout } = await run(process.execPath, ['agent.mjs'], { cwd: folder, env: { PATH } });
  expect(stdout).toMatch(/^function true\n/);
  expect(stdout).toContain('SLUICE_WORKER_URL');
});

it('gives types to those who check theirs', async () => {
  const program = `import { startWorker } from '@sluice/worker/start-worker.ts';
    export const started = startWorker<{ text: string }>({ handle: ({ input }) => input.text.length });
    // @ts-expect-error there is no such option
    export const wrong = startWorker({ handel: () => null });\n`;
  await writeFile(join(folder, 'agent.ts'), program);
  const options = {
    ...{ module: 'NodeNext', moduleResolution: 'NodeNext', target: 'ES2024', strict: true, noEmit: true },
    ...{ types: ['node'], skipLibCheck: true },
  };
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['agent.ts'] }),
  );
  const checked = await run(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', folder]).catch(
    (failed: unknown) => failed,
  );
  expect(checked).toMatchObject({ stdout: '' });
});
