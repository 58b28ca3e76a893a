import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckStep, checkSteps, commandOf, pathWithOwnTools } from './check-steps.ts';
import { installDebianPackages } from './debian-packages.ts';
import { runCommand } from './run-command.ts';
import { skipReportVariable } from './skip-report.ts';
import { type Tally, addTallies, emptyTally } from './tally.ts';
import { tallyVitest } from './vitest-report.ts';

/** What to run: the check alone or everything, and the long forms of the tests that have one. */
export interface TestRunOptions {
  readonly root: string;
  readonly checkOnly: boolean;
  readonly long: boolean;
}

const vitestTimeoutMs = 75 * 60_000;
const longVitestTimeoutMs = 4 * 60 * 60_000;

/** Runs the check and then all tests, printing as it goes, and returns the counts. */
export async function testRun({ root, checkOnly, long }: TestRunOptions): Promise<Tally> {
  if (checkOnly) return runChecks(root);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  // At exit rather than at the end, so that an interrupted run leaves nothing behind either.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.env[skipReportVariable] = join(folder, 'skipped.txt');
  const installed = installDebianPackages();
  const checked = await runChecks(root);
  await installed;
  const tested = await runVitest({ root, long, reportPath: join(folder, 'vitest.json') });
  printSkips(tested.skipped, readLines(join(folder, 'skipped.txt')));
  return addTallies(checked, tested);
}

async function runChecks(root: string): Promise<Tally> {
  let tally = emptyTally;
  for (const step of checkSteps) tally = addTallies(tally, await runCheck(step, root));
  return tally;
}

async function runCheck(step: CheckStep, root: string): Promise<Tally> {
  const result = await runCommand(commandOf(step, root));
  const seconds = (result.durationMs / 1000).toFixed(1);
  if (result.exitCode === 0) {
    console.log(`ok      ${step.name} (${seconds} s)`);
    return { ...emptyTally, passed: 1 };
  }
  console.log(result.output.trimEnd());
  console.log(`FAILED  ${step.name} (${seconds} s)${result.timedOut ? ', out of time' : ''}: ${step.remedy}`);
  return { ...emptyTally, failed: 1 };
}

interface VitestRun {
  readonly root: string;
  readonly long: boolean;
  readonly reportPath: string;
}

async function runVitest({ root, long, reportPath }: VitestRun): Promise<Tally> {
  const { exitCode, timedOut } = await runCommand({
    program: process.execPath,
    arguments: [
      `${root}/node_modules/vitest/vitest.mjs`,
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportPath}`,
    ],
    folder: root,
    environment: { PATH: pathWithOwnTools(root), ...(long ? { SLUICE_TEST_LONG: '1' } : {}) },
    timeoutMs: long ? longVitestTimeoutMs : vitestTimeoutMs,
    output: 'show',
  });
  if (timedOut) console.log('FAILED  the tests ran out of time and were ended');
  const report = existsSync(reportPath) ? readFileSync(reportPath, 'utf8') : undefined;
  return tallyVitest(report, exitCode);
}

function printSkips(names: readonly string[], reasons: readonly string[]): void {
  if (names.length === 0 && reasons.length === 0) return;
  console.log(`\nNOT TESTED HERE (${names.length} tests skipped)`);
  for (const reason of new Set(reasons)) console.log(`  because ${reason}`);
  for (const name of names) console.log(`  skipped ${name}`);
}

function readLines(path: string): string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
