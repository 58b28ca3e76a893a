import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { installDebianPackages } from './debian-packages.ts';
import { skipReportVariable } from './skip-report.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'debian-packages-'));
  vi.stubEnv(skipReportVariable, join(folder, 'skipped.txt'));
  vi.stubEnv('SLUICE_NO_INSTALL', '1');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('a program that is there is neither installed nor mentioned', async () => {
  await installDebianPackages([{ name: 'sh', isThere: () => true, debianPackages: ['dash'] }]);
  expect(existsSync(join(folder, 'skipped.txt'))).toBe(false);
});

test('a program that is missing and may not be installed is reported with the reason', async () => {
  await installDebianPackages([
    { name: 'no-such-program', isThere: () => false, debianPackages: ['no-such-package'] },
  ]);
  expect(readFileSync(join(folder, 'skipped.txt'), 'utf8')).toBe(
    'no-such-program is not installed and could not be: SLUICE_NO_INSTALL=1\n',
  );
});
