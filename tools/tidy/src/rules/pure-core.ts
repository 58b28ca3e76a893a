import type { Node } from 'oxc-parser';
import type { Finding } from '../finding.ts';
import { type SourceFile, isTestCode } from '../source-file.ts';
import type { SourceTree } from '../source-tree.ts';

/** Refuses `async` and `await` in core; clocks, randomness and Node are refused by the linter's configuration. */
export function checkPureCore(tree: SourceTree): Finding[] {
  return tree.sources
    .filter(({ path }) => path.startsWith('packages/core/src/') && !isTestCode(path))
    .flatMap(checkFile);
}

function checkFile(file: SourceFile): Finding[] {
  return file.nodes.filter(isAsync).map(({ start }) => ({
    file: file.path,
    line: file.lineAt(start),
    rule: 'pure-core',
    problem: 'core has no async',
    remedy: 'return an effect, and let the shell that performs it wait',
  }));
}

function isAsync(node: Node): boolean {
  switch (node.type) {
    case 'AwaitExpression':
      return true;
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return node.async;
    default:
      return false;
  }
}
