import type { Finding } from './finding.ts';
import { type SourceFile, isTestCode } from './source-file.ts';
import type { SourceTree } from './source-tree.ts';

/** What the ratchet watches. */
export type MeasureName = 'longest-file' | 'longest-function' | 'most-exports' | 'import-cycles';

/** The worst value of one measure, and the place that has it. */
export interface Measure {
  readonly name: MeasureName;
  readonly value: number;
  readonly file: string;
  readonly line: number;
}

/** Measures the tree: lines per file, lines per function and exports per file (tests excepted), and cycles. */
export function measureTree(tree: SourceTree, lintFindings: readonly Finding[]): Measure[] {
  const production = tree.sources.filter(({ path }) => !isTestCode(path));
  return [
    worst('longest-file', tree.sources.map(lengthOf)),
    worst('longest-function', production.flatMap(functionLengthsOf)),
    worst('most-exports', production.map(exportCountOf)),
    cycles(lintFindings),
  ];
}

type Place = Omit<Measure, 'name'>;

function worst(name: MeasureName, places: readonly Place[]): Measure {
  const none: Place = { value: 0, file: '-', line: 1 };
  return { name, ...places.reduce((most, place) => (place.value > most.value ? place : most), none) };
}

function lengthOf(file: SourceFile): Place {
  return { value: file.lines.length, file: file.path, line: 1 };
}

function functionLengthsOf(file: SourceFile): Place[] {
  const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
  return file.nodes
    .filter(({ type }) => functions.has(type))
    .map(({ start, end }) => {
      const line = file.lineAt(start);
      return { value: file.lineAt(end) - line + 1, file: file.path, line };
    });
}

function exportCountOf(file: SourceFile): Place {
  const names = new Set<string>();
  for (const statement of file.program.body) {
    if (statement.type !== 'ExportNamedDeclaration') continue;
    for (const { exported } of statement.specifiers)
      names.add('name' in exported ? exported.name : exported.value);
    const { declaration } = statement;
    if (declaration?.type === 'VariableDeclaration') {
      for (const { start } of declaration.declarations) names.add(`at ${start}`);
    } else if (
      declaration !== null &&
      'id' in declaration &&
      declaration.id !== null &&
      'name' in declaration.id
    ) {
      names.add(declaration.id.name);
    }
  }
  return { value: names.size, file: file.path, line: 1 };
}

/** The linter finds the cycles; it reports each import that closes one. */
function cycles(lintFindings: readonly Finding[]): Measure {
  // The linter tells them in any order; what is said of the first one must not depend on that.
  const closing = lintFindings
    .filter(({ rule }) => rule.includes('no-cycle'))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const { file, line } = closing[0] ?? { file: '-', line: 1 };
  return { name: 'import-cycles', value: closing.length, file, line };
}
