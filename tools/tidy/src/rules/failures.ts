import type { Finding } from '../finding.ts';
import { type SourceFile, isTestCode } from '../source-file.ts';
import type { SourceTree } from '../source-tree.ts';

/** Refuses a bare `new Error` in the packages: refusals are values, failures are SluiceErrors, bugs are assertions. */
export function checkFailures(tree: SourceTree): Finding[] {
  return tree.sources.filter(({ path }) => isJudged(path)).flatMap(checkFile);
}

function isJudged(path: string): boolean {
  return path.startsWith('packages/') && !isTestCode(path) && !path.endsWith('kernel/assert.ts');
}

function checkFile(file: SourceFile): Finding[] {
  return file.nodes.flatMap((node) => {
    const isBare =
      node.type === 'NewExpression' && node.callee.type === 'Identifier' && node.callee.name === 'Error';
    return isBare ? [bareError(file, node.start)] : [];
  });
}

function bareError(file: SourceFile, offset: number): Finding {
  return {
    file: file.path,
    line: file.lineAt(offset),
    rule: 'bare-error',
    problem: 'a bare Error does not say what may be done next',
    remedy:
      'return a refusal, throw a SluiceError (core/kernel/failure.ts), or assert (core/kernel/assert.ts)',
  };
}
