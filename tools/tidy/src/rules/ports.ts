import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import { moduleReferencesOf } from '../module-references.ts';
import type { SourceFile } from '../source-file.ts';
import type { SourceTree } from '../source-tree.ts';

/** Methods that an adapter can be asked to write. */
const mostMethods = 7;

/**
 * The files that make up the ports: each file with a contract beside it (`target.ts` and `target.contract.ts`), and
 * what it imports from its own folder, which are the words that the port is written in.
 */
export function portFilesOf(tree: SourceTree): ReadonlySet<string> {
  const ports = contractsOf(tree).flatMap((contract) => tree.find(portPathOf(contract)) ?? []);
  const words = ports.flatMap((port) =>
    moduleReferencesOf(port)
      .filter(({ specifier }) => /^\.\/[^/]+$/.test(specifier))
      .map(({ specifier }) => posix.join(posix.dirname(port.path), specifier)),
  );
  return new Set([...ports.map(({ path }) => path), ...words]);
}

/** Refuses ports with more than seven methods, and contracts without the port they judge. */
export function checkPorts(tree: SourceTree): Finding[] {
  return contractsOf(tree).flatMap((contract) => {
    const port = tree.find(portPathOf(contract));
    return port === undefined ? [orphan(contract)] : checkPort(port);
  });
}

function contractsOf(tree: SourceTree): SourceFile[] {
  return tree.sources.filter(({ path }) => path.endsWith('.contract.ts'));
}

function portPathOf(contract: SourceFile): string {
  return contract.path.replace(/\.contract\.ts$/, '.ts');
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
