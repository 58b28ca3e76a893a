import { posix } from 'node:path';
import { isBuiltin } from 'node:module';
import type { SourceTree } from './source-tree.ts';

/** One package of the monorepo, as its package.json describes it. */
export interface Workspace {
  /** Path of its folder, such as `packages/core`; empty for the repository itself. */
  readonly folder: string;
  readonly name: string;
  /** Names of the packages it declares, whatever the kind of dependency. */
  readonly declared: ReadonlySet<string>;
}

/** What an import specifier means: a file of ours, a package of others, or a part of Node. */
export type ModuleTarget =
  | { readonly kind: 'ours'; readonly path: string; readonly packageName: string | undefined }
  | { readonly kind: 'package'; readonly packageName: string }
  | { readonly kind: 'builtin' };

/** The monorepo's packages, found by their package.json files. */
export function workspacesOf(tree: SourceTree): Workspace[] {
  return tree.files
    .filter(({ path }) => /^((packages|tools|examples)\/[^/]+\/)?package\.json$/.test(path))
    .map(({ path, text }) => readWorkspace(path, text));
}

/**
 * Finds what an import means. Imports are written in full (extension and all), so that this needs no search:
 * `@sluice/core/kernel/hash.ts` is `packages/core/src/kernel/hash.ts`.
 */
export function resolveModule(
  workspaces: readonly Workspace[],
  from: string,
  specifier: string,
): ModuleTarget {
  if (specifier.startsWith('.')) {
    return { kind: 'ours', path: posix.join(posix.dirname(from), specifier), packageName: undefined };
  }
  if (isBuiltin(specifier)) return { kind: 'builtin' };
  const packageName = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const ours = workspaces.find(({ name, folder }) => name === packageName && folder !== '');
  if (ours === undefined) return { kind: 'package', packageName };
  return { kind: 'ours', path: `${ours.folder}/src${specifier.slice(packageName.length)}`, packageName };
}

/** The package that a file belongs to: the innermost one. */
export function workspaceOf(workspaces: readonly Workspace[], path: string): Workspace | undefined {
  return workspaces.find(({ folder }) => folder !== '' && path.startsWith(`${folder}/`));
}

function readWorkspace(path: string, text: string): Workspace {
  const manifest = JSON.parse(text) as Record<string, unknown> & { name?: string };
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
  const declared = kinds.flatMap((kind) => Object.keys((manifest[kind] ?? {}) as Record<string, string>));
  return {
    folder: path === 'package.json' ? '' : posix.dirname(path),
    name: manifest.name ?? '',
    declared: new Set(declared),
  };
}
