import type { Finding } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';
import type { SourceTree } from '../source-tree.ts';

/** Methods that an adapter can be asked to write. */
const mostMethods = 7;

/** True for a port: a file with its contract beside it (`target.ts` and `target.contract.ts`). */
export function isPort(tree: SourceTree, path: string): boolean {
  return !path.endsWith('.contract.ts') && tree.find(path.replace(/\.ts$/, '.contract.ts')) !== undefined;
}

/** Refuses ports with more than seven methods, and contracts without the port they judge. */
export function checkPorts(tree: SourceTree): Finding[] {
  const contracts = tree.sources.filter(({ path }) => path.endsWith('.contract.ts'));
  return contracts.flatMap((contract) => {
    const port = tree.find(contract.path.replace(/\.contract\.ts$/, '.ts'));
    return port === undefined ? [orphan(contract)] : checkPort(port);
  });
}

function checkPort(port: SourceFile): Finding[] {
  return port.program.body.flatMap((statement) => {
    if (statement.type !== 'ExportNamedDeclaration') return [];
    const { declaration } = statement;
    if (declaration?.type !== 'TSInterfaceDeclaration') return [];
    const methods = declaration.body.body.filter(({ type }) => type === 'TSMethodSignature').length;
    if (methods <= mostMethods) return [];
    return [
      {
        file: port.path,
        line: port.lineAt(statement.start),
        rule: 'port-size',
        problem: `the port \`${declaration.id.name}\` has ${methods} methods, the limit is ${mostMethods}`,
        remedy: 'split the port by who calls it, or move what is not asked of every adapter out of it',
      },
    ];
  });
}

function orphan(contract: SourceFile): Finding {
  return {
    file: contract.path,
    line: 1,
    rule: 'port-contract',
    problem: 'a contract without the port that it judges',
    remedy: 'put the interface into a file of the same name without `.contract`',
  };
}
