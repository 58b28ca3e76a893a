import type { Program } from 'oxc-parser';
import type { Finding } from '../finding.ts';
import { type SourceFile, isTestCode } from '../source-file.ts';
import type { SourceTree } from '../source-tree.ts';

type Statement = Program['body'][number];

const declarations = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportDefaultDeclaration',
  'ExportAllDeclaration',
  'VariableDeclaration',
  'FunctionDeclaration',
  'ClassDeclaration',
  'TSDeclareFunction',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'TSModuleDeclaration',
  'EmptyStatement',
]);

/**
 * Refuses statements that run when a module is imported. A file that exports nothing is an entry point and may:
 * it is started, never imported for what it offers.
 */
export function checkModuleEffects(tree: SourceTree): Finding[] {
  return tree.sources
    .filter(({ path }) => !isTestCode(path) && !path.endsWith('.config.ts'))
    .flatMap(checkFile);
}

function checkFile(file: SourceFile): Finding[] {
  const { body } = file.program;
  if (!body.some(isExport)) return [];
  return body
    .filter((statement) => !declarations.has(statement.type))
    .map((statement) => ({
      file: file.path,
      line: file.lineAt(statement.start),
      rule: 'import-effect',
      problem: 'this statement runs whenever the module is imported',
      remedy: 'move it into a function that main.ts calls, or export nothing if the file is an entry point',
    }));
}

function isExport(statement: Statement): boolean {
  return statement.type.startsWith('Export');
}
