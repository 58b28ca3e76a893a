import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packProgram } from './pack-program.ts';
import { packSdk } from './pack-sdk.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const into = join(root, 'dist');

for (const folder of await packSdk(root, into)) {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', into], { cwd: folder, encoding: 'utf8' }),
  ) as readonly { readonly filename: string }[];
  console.log(`dist/${packed?.filename ?? ''}`);
}

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
const name = `sluice-${version}`;
const scratch = await mkdtemp(join(tmpdir(), 'sluice-pack-'));
try {
  await packProgram(root, join(scratch, name));
  execFileSync('tar', ['-czf', join(into, `${name}.tar.gz`), '-C', scratch, name]);
  console.log(`dist/${name}.tar.gz`);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
