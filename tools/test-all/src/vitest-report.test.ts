import { expect, test } from 'vitest';
import { addTallies, emptyTally, renderTally } from './tally.ts';
import { tallyVitest } from './vitest-report.ts';

const reportOf = (...files: { status: string; tests: [string, string][] }[]): string =>
  JSON.stringify({
    testResults: files.map(({ status, tests }, at) => ({
      name: `file-${at}`,
      status,
      assertionResults: tests.map(([fullName, state]) => ({ fullName, status: state })),
    })),
  });

test('tests are counted over all files and the skipped are named', () => {
  const report = reportOf(
    {
      status: 'passed',
      tests: [
        ['a', 'passed'],
        ['b', 'pending'],
      ],
    },
    {
      status: 'failed',
      tests: [
        ['c', 'failed'],
        ['d', 'passed'],
        ['e', 'todo'],
      ],
    },
  );
  expect(tallyVitest(report, 1)).toEqual({ passed: 2, failed: 1, skipped: ['b', 'e'] });
});

test('a file that could not be loaded is one failure', () => {
  const report = reportOf({ status: 'failed', tests: [] }, { status: 'passed', tests: [['a', 'passed']] });
  expect(tallyVitest(report, 1)).toEqual({ passed: 1, failed: 1, skipped: [] });
});

test('a run that ended badly although nothing failed is one failure', () => {
  const report = reportOf({ status: 'passed', tests: [['a', 'passed']] });
  expect(tallyVitest(report, 1)).toEqual({ passed: 1, failed: 1, skipped: [] });
  expect(tallyVitest(report, null)).toEqual({ passed: 1, failed: 1, skipped: [] });
  expect(tallyVitest(report, 0)).toEqual({ passed: 1, failed: 0, skipped: [] });
});

test.each([undefined, '', '{ torn', '{}'])(
  'a run whose report is %j is one failure, never a success',
  (report) => {
    expect(tallyVitest(report, 0)).toEqual({ passed: 0, failed: 1, skipped: [] });
  },
);

test('the last line is the sum of all parts', () => {
  const sum = addTallies({ passed: 5, failed: 0, skipped: ['a'] }, { passed: 7, failed: 2, skipped: ['b'] });
  expect(sum.skipped).toEqual(['a', 'b']);
  expect(renderTally(addTallies(emptyTally, sum))).toBe('12 passed, 2 failed');
});
