import type { Finding } from '../finding.ts';
import { moduleReferencesOf } from '../module-references.ts';
import { type SourceFile, isTestCode } from '../source-file.ts';
import type { SourceTree } from '../source-tree.ts';
import { type Workspace, resolveModule, workspaceOf, workspacesOf } from '../workspace.ts';

/** Refuses imports of packages that the importing package does not declare; tests may use the root's as well. */
export function checkDeclaredDependencies(tree: SourceTree): Finding[] {
  const workspaces = workspacesOf(tree);
  return tree.sources.flatMap((file) => {
    const owner = workspaceOf(workspaces, file.path);
    return owner === undefined ? [] : checkFile(file, owner, workspaces);
  });
}

function checkFile(file: SourceFile, owner: Workspace, workspaces: readonly Workspace[]): Finding[] {
  const fromRoot = isTestCode(file.path)
    ? workspaces.find(({ folder }) => folder === '')?.declared
    : undefined;
  return moduleReferencesOf(file).flatMap(({ specifier, line }) => {
    const target = resolveModule(workspaces, file.path, specifier);
    if (target.kind === 'builtin' || target.packageName === undefined || target.packageName === owner.name)
      return [];
    if (target.kind === 'ours' && isTestCode(file.path)) return [];
    if (owner.declared.has(target.packageName) || fromRoot?.has(target.packageName)) return [];
    return [
      {
        file: file.path,
        line,
        rule: 'undeclared-dependency',
        problem: `${owner.name} imports ${target.packageName} and does not declare it`,
        remedy: `add it, with its exact version, to ${owner.folder}/package.json, or do without it`,
      },
    ];
  });
}
