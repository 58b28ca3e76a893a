import type { Finding } from '../finding.ts';
import type { SourceTree } from '../source-tree.ts';

/** Reports files that do not parse. */
export function checkSyntax(tree: SourceTree): Finding[] {
  return tree.sources.flatMap((file) =>
    file.syntaxErrors.map(({ message, labels }) => ({
      file: file.path,
      line: file.lineAt(labels[0]?.start ?? 0),
      rule: 'syntax',
      problem: message,
      remedy: 'make it TypeScript again',
    })),
  );
}
