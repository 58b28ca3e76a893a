import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, sortFindings } from './finding.ts';
import { lint } from './lint.ts';
import { type Measure, measureTree } from './measure.ts';
import {
  compareWithRatchet,
  lowerRatchet,
  parseRatchet,
  ratchetPath,
  renderRatchet,
  slackOf,
} from './ratchet.ts';
import { checkDeclaredDependencies } from './rules/declared-dependencies.ts';
import { checkDocstrings } from './rules/docstrings.ts';
import { checkFailures } from './rules/failures.ts';
import { checkFileNames } from './rules/file-names.ts';
import { checkHygiene } from './rules/hygiene.ts';
import { checkImportTable } from './rules/import-table.ts';
import { checkModuleEffects } from './rules/module-effects.ts';
import { checkPorts } from './rules/ports.ts';
import { checkPureCore } from './rules/pure-core.ts';
import { checkSyntax } from './rules/syntax.ts';
import { checkTestHabits } from './rules/test-habits.ts';
import { type SourceTree, readSourceTree } from './source-tree.ts';

const rules: readonly ((tree: SourceTree) => Finding[])[] = [
  checkFileNames,
  checkDocstrings,
  checkModuleEffects,
  checkPureCore,
  checkFailures,
  checkPorts,
  checkImportTable,
  checkDeclaredDependencies,
  checkTestHabits,
  checkHygiene,
];

/** The outcome of one run over a repository. */
export interface TidyReport {
  readonly findings: readonly Finding[];
  readonly filesRead: number;
  /** Measures that are better than the ratchet records, so that it could be lowered. */
  readonly slack: readonly Measure[];
}

/** Judges the repository at `root` by the linter, our own rules and the ratchet, which `update` lowers first. */
export function tidy(root: string, { update }: { update: boolean }): TidyReport {
  const tree = readSourceTree(root);
  const syntaxFindings = checkSyntax(tree);
  // What cannot be parsed cannot be judged: the other rules would only repeat the complaint.
  if (syntaxFindings.length > 0) return { findings: syntaxFindings, filesRead: tree.files.length, slack: [] };
  const lintFindings = lint(root);
  const measures = measureTree(tree, lintFindings);
  if (update) updateRatchet(root, tree, measures);
  const ratchet = parseRatchet(readRatchet(root, tree, update));
  const own = rules.flatMap((check) => check(tree));
  const findings = sortFindings([...lintFindings, ...own, ...compareWithRatchet(measures, ratchet)]);
  return { findings, filesRead: tree.files.length, slack: slackOf(measures, ratchet) };
}

function readRatchet(root: string, tree: SourceTree, updated: boolean): string {
  return updated ? readFileSync(join(root, ratchetPath), 'utf8') : (tree.find(ratchetPath)?.text ?? '');
}

function updateRatchet(root: string, tree: SourceTree, measures: readonly Measure[]): void {
  const before = parseRatchet(tree.find(ratchetPath)?.text ?? '');
  writeFileSync(join(root, ratchetPath), renderRatchet(lowerRatchet(measures, before)));
}
