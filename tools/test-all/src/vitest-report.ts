import type { Tally } from './tally.ts';

interface AssertionResult {
  readonly status: 'passed' | 'failed' | 'pending' | 'skipped' | 'todo' | 'disabled';
  readonly fullName: string;
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly AssertionResult[];
  }[];
}

/**
 * Counts the tests in the JSON report of vitest. A file that could not be loaded counts as one failure; so does a
 * run that ended badly although no test failed (an unhandled rejection, a crash, a time limit) or left no report.
 */
export function tallyVitest(report: string | undefined, exitCode: number | null): Tally {
  const files = report === undefined ? undefined : parse(report)?.testResults;
  if (files === undefined) return { passed: 0, failed: 1, skipped: [] };
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failedTests = tests.filter(({ status }) => status === 'failed').length;
  const failedFiles = files.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = failedTests + failedFiles;
  const skipped = tests
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => fullName);
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed, skipped };
}

function parse(report: string): VitestReport | undefined {
  try {
    return JSON.parse(report) as VitestReport;
  } catch {
    return undefined;
  }
}
