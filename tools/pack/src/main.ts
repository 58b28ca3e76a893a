import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packSdk } from './pack-sdk.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const into = join(root, 'dist');

for (const folder of await packSdk(root, into)) {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', into], { cwd: folder, encoding: 'utf8' }),
  ) as readonly { readonly filename: string }[];
  console.log(`dist/${packed?.filename ?? ''}`);
}
