import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Fault } from '../diagnostics/diagnostic.ts';
import type { SourcePath } from '../document/source-value.ts';
import { type PlacedComponent, decided, variablesOf } from '../resolve/placed-component.ts';
import type { EnvironmentRule } from './rule.ts';

/** Folders and files of secrets that components name are there. Looks at the disk. */
export const filesExist =
  (baseDirectory: string): EnvironmentRule =>
  (components) =>
    components.flatMap((component) => [
      ...sourceFaults(component, baseDirectory),
      ...secretFaults(component, baseDirectory),
    ]);

function sourceFaults(component: PlacedComponent, baseDirectory: string): readonly Fault[] {
  const source = decided(component, 'source') ?? { value: '.', path: component.path };
  if (source.value === undefined || kindOf(resolve(baseDirectory, source.value)) === 'folder') return [];
  return [
    { path: source.path, at: 'value', says: `names the folder "${source.value}", which does not exist` },
  ];
}

function secretFaults(component: PlacedComponent, baseDirectory: string): readonly Fault[] {
  return [...variablesOf(component)].flatMap(([name, variable]): readonly Fault[] => {
    const file = variable.kind === 'secret' ? variable.secret?.file : undefined;
    if (file === undefined || kindOf(resolve(baseDirectory, file)) === 'file') return [];
    return [
      {
        path: secretPath(component, name),
        at: 'value',
        says: `names the file "${file}", which does not exist`,
      },
    ];
  });
}

function secretPath(component: PlacedComponent, name: string): SourcePath {
  const layer = component.layers.findLast(({ keys }) => keys.secrets && name in keys.secrets);
  return [...(layer?.path ?? component.path), 'secrets', name, 'file'];
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return 'folder';
    return stat.isFile() ? 'file' : undefined;
  } catch {
    // Not there, not to be read, or no path at all: nothing can be taken from it.
    return undefined;
  }
}
