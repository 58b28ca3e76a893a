import type { Node } from 'oxc-parser';
import type { SourceFile } from './source-file.ts';

/** One place where a file names another module. */
export interface ModuleReference {
  readonly specifier: string;
  readonly line: number;
  /** True when only types are taken, so that nothing is loaded at run time. */
  readonly typeOnly: boolean;
}

/** Lists what a file imports: statically, dynamically by a literal name, by re-export and inside types. */
export function moduleReferencesOf(file: SourceFile): ModuleReference[] {
  return file.nodes.flatMap((node) => {
    const found = referenceIn(node);
    return found === undefined ? [] : [{ ...found, line: file.lineAt(node.start) }];
  });
}

function referenceIn(node: Node): Omit<ModuleReference, 'line'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration': {
      const typeOnly = node.importKind === 'type' || areAllTypes(node.specifiers);
      return { specifier: node.source.value, typeOnly };
    }
    case 'ExportNamedDeclaration': {
      if (node.source === null) return undefined;
      return {
        specifier: node.source.value,
        typeOnly: node.exportKind === 'type' || areAllTypes(node.specifiers),
      };
    }
    case 'ExportAllDeclaration':
      return { specifier: node.source.value, typeOnly: node.exportKind === 'type' };
    case 'ImportExpression':
      return literal(node.source, false);
    case 'TSImportType':
      return literal(node.source, true);
    default:
      return undefined;
  }
}

/** `import { type A, type B }`; an import for its side effects alone has no names and is no type import. */
function areAllTypes(specifiers: readonly Node[]): boolean {
  return (
    specifiers.length > 0 &&
    specifiers.every(
      (specifier) =>
        (specifier.type === 'ImportSpecifier' && specifier.importKind === 'type') ||
        (specifier.type === 'ExportSpecifier' && specifier.exportKind === 'type'),
    )
  );
}

function literal(source: Node, typeOnly: boolean): Omit<ModuleReference, 'line'> | undefined {
  if (source.type !== 'Literal' || typeof source.value !== 'string') return undefined;
  return { specifier: source.value, typeOnly };
}
