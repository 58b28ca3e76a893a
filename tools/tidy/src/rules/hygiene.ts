import { hostname } from 'node:os';
import type { Finding } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';
import type { SourceTree } from '../source-tree.ts';

interface Taboo {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly where: (path: string) => boolean;
  readonly problem: string;
  readonly remedy: string;
}

const taboos: readonly Taboo[] = [
  {
    rule: 'registry-address',
    pattern:
      /registry\.(npmjs|yarnpkg)\.\w+|npm\.pkg\.github\.com|\/artifactory\/|\/api\/npm\/|\/repository\/npm/,
    where: () => true,
    problem: 'the address of a package registry',
    remedy: 'remove it: which registry is used is the business of the machine that installs',
  },
  {
    rule: 'registry-address',
    pattern: /"resolved":\s*"https?:/,
    where: (path) => path.endsWith('package-lock.json'),
    problem: 'the lockfile records where a package was downloaded',
    remedy: 'keep omit-lockfile-registry-resolved=true in .npmrc and run `npm install --package-lock-only`',
  },
  {
    rule: 'machine-path',
    pattern: /(?<![\w.$}-])\/(work|root|home\/\w+)\/[\w.]/,
    where: (path) => !/\.tsx?$/.test(path),
    problem: 'an absolute path of one machine',
    remedy: 'write the path relative to the repository, or a placeholder such as <folder>',
  },
  {
    rule: 'machine-path',
    pattern: /(?<![\w.$}-])\/tmp\/[\w.]/,
    where: (path) => /\.(md|txt|json|jsonl)$/.test(path),
    problem: 'a temporary path of one machine',
    remedy: 'write the path relative to the repository, or a placeholder such as <folder>',
  },
  {
    rule: 'machine-path',
    pattern: /(?<![\w.$}-])\/(work\/(main|shared)|root\/\w)/,
    where: (path) => /\.tsx?$/.test(path),
    problem: 'an absolute path of one machine',
    remedy: 'derive it from import.meta.url, or take it as a parameter',
  },
  {
    rule: 'todo-without-issue',
    pattern: /\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))/,
    where: (path) => /\.tsx?$/.test(path),
    problem: 'a promise that nobody tracks',
    remedy: 'do it now, or write TODO(#n) with the number of an issue',
  },
];

/** Refuses registry addresses, paths of one machine, its name, and promises without an issue, in any text file. */
export function checkHygiene(tree: SourceTree, machineName = hostname()): Finding[] {
  return tree.files.filter(({ path }) => !isExempt(path)).flatMap((file) => checkFile(file, machineName));
}

/** The tests of this very rule have to write down what it refuses. */
function isExempt(path: string): boolean {
  return path.startsWith('tools/tidy/src/rules/hygiene');
}

function checkFile(file: SourceFile, machineName: string): Finding[] {
  const applicable = taboos.filter(({ where }) => where(file.path));
  return file.lines.flatMap((text, index) => {
    const place = { file: file.path, line: index + 1 };
    const broken = applicable.filter(({ pattern }) => pattern.test(text));
    const findings = broken.map(({ rule, problem, remedy }) => ({ ...place, rule, problem, remedy }));
    return namesMachine(text, machineName) ? [...findings, { ...place, ...machineNamed }] : findings;
  });
}

const machineNamed = {
  rule: 'machine-name',
  problem: 'the host name of one machine',
  remedy: 'describe the shape of the machine (cores, memory) and not its name',
};

/** Short host names such as `build` are words of the language; they cannot be told apart and are let through. */
function namesMachine(text: string, machineName: string): boolean {
  return machineName.length >= 8 && machineName !== 'localhost' && text.includes(machineName);
}
