/**
 * Runs the benchmark of the judge and writes its result files.
 * Usage: node packages/benchmarks/src/judge/main.ts [--scale 0.1] [--section 4.2,4.3,4.4,4.5,combined]
 * A result file is written only when all of its sections were asked for; the lines are printed in any case.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { combinedDetection, combinedFalseRollbacks } from './combined-benchmark.ts';
import { errorDetection, errorFalseRollbacks } from './errors-benchmark.ts';
import { guardAgreement } from './guard-agreement.ts';
import { latencyDetection, latencyFalseRollbacks } from './latency-benchmark.ts';
import { latencyTolerance } from './latency-tolerance.ts';
import { lateRegressions } from './late-regressions.ts';
import { type Section, writeReport } from './report.ts';
import { dispersedErrors, falseRollbackScenarios, margins, sharedIncident } from './robustness-benchmark.ts';
import { slowClumps } from './slow-clumps.ts';

interface Report {
  readonly file: string;
  readonly title: string;
  readonly method: readonly string[];
  readonly parts: readonly (readonly [section: string, run: (scale: number) => Section])[];
}

const COMMON_METHOD =
  'Simulated rollouts of 1800 s, looked at every second, alpha 1 %, exactly as judge.md 4.1 sets them up, with the functions of `packages/core/src/analysis`; a cell is worse when it is worse than published by more than three standard errors of the difference (rounding of the published figure allowed for).';

const REPORTS: readonly Report[] = [
  {
    file: 'judge-errors.md',
    title: 'The judge on errors: judge.md 4.2 and 4.3 again',
    method: [
      COMMON_METHOD,
      'Full size: 10,000 rollouts per null cell, 2,000 per other. Not simulated here: Kayenta, the peeked z-test, LM, RIPr.',
    ],
    parts: [
      ['4.2', errorFalseRollbacks],
      ['4.3', errorDetection],
    ],
  },
  {
    file: 'judge-latency.md',
    title: 'The judge on latency: judge.md 4.4 again',
    method: [
      COMMON_METHOD,
      'Full size: 2,000 rollouts per null cell; 1,000 (1 and 10 rps), 400 (100 rps), 200 (1000 rps) per other. Not simulated here: Kayenta, DKW-CS, the quantile test.',
    ],
    parts: [
      ['4.4', latencyFalseRollbacks],
      ['4.4', latencyDetection],
    ],
  },
  {
    file: 'judge-robustness.md',
    title: 'The judge when the release is not to blame: judge.md 4.5 again, and what it left open',
    method: [
      COMMON_METHOD,
      'Full size: 2,000 rollouts per row, 1,500 per incident cell; the last four tables say theirs in their sources.',
    ],
    parts: [
      ['4.5', falseRollbackScenarios],
      ['4.5', sharedIncident],
      ['4.5', dispersedErrors],
      ['4.5', margins],
      ['4.5', guardAgreement],
      ['4.5', slowClumps],
      ['4.5', latencyTolerance],
      ['4.5', lateRegressions],
    ],
  },
  {
    file: 'judge-combined.md',
    title: 'All metrics of a rollout under one alpha',
    method: [
      'Simulated rollouts of 1800 s, looked at every second, with the functions of `packages/core/src/analysis`: errors (JUDGE, weight 0.5), latency (EXCEED, 0.3) and a custom count (RATIO, 0.2) judged at the same time.',
      'Full size: 2,000 rollouts per null cell, 400 per regression. The guards act at any share and there is no margin, both harder than what ships.',
    ],
    parts: [
      ['combined', combinedFalseRollbacks],
      ['combined', combinedDetection],
    ],
  },
];

const RESULTS = new URL('../../results/', import.meta.url);

function main(): void {
  const { values } = parseArgs({ options: { scale: { type: 'string' }, section: { type: 'string' } } });
  const scale = Number(values.scale ?? '1');
  const wanted = values.section?.split(',') ?? [];
  mkdirSync(RESULTS, { recursive: true });
  for (const report of REPORTS) runReport(report, scale, wanted);
}

function runReport(report: Report, scale: number, wanted: readonly string[]): void {
  const parts = report.parts.filter(([section]) => wanted.length === 0 || wanted.includes(section));
  if (parts.length === 0) return;
  const started = performance.now();
  const sections = parts.map(([, run]) => {
    const section = run(scale);
    for (const line of [section.title, ...section.comparisons]) process.stdout.write(`${line}\n`);
    return section;
  });
  const seconds = (performance.now() - started) / 1000;
  const text = writeReport({ title: report.title, method: report.method, scale, seconds }, sections);
  if (parts.length === report.parts.length) writeFileSync(new URL(report.file, RESULTS), text);
  else process.stdout.write(`${text}\n`);
}

main();
