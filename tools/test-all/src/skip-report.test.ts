import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { reportSkip, skipReportVariable } from './skip-report.ts';

const folder = mkdtempSync(join(tmpdir(), 'skip-report-'));

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('each reason is one line of the report, whatever it contains', () => {
  const path = join(folder, 'skipped.txt');
  vi.stubEnv(skipReportVariable, path);
  reportSkip('HAProxy is not\n  installed');
  reportSkip('no second core');
  expect(readFileSync(path, 'utf8')).toBe('HAProxy is not installed\nno second core\n');
});
