import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Fault } from '../diagnostics/diagnostic.ts';
import type { SourcePath } from '../document/source-value.ts';
import type { FileContents } from '../resolve/file-contents.ts';
import { blockPath, mergedKubernetes } from '../resolve/merged-kubernetes.ts';
import { type PlacedComponent, decided, decidedWorkload, variablesOf } from '../resolve/placed-component.ts';
import { clusterPlaces, placesOf } from '../resolve/placed-target.ts';
import type { EnvironmentRule } from './rule.ts';

/** Folders, files of secrets and files of containers that components name are there. Looks at the disk. */
export const filesExist =
  (baseDirectory: string, contents: FileContents): EnvironmentRule =>
  (components) =>
    components.flatMap((component) => [
      ...(contents.areRead ? sourceFaults(component, baseDirectory) : []),
      ...(contents.areRead ? secretFaults(component, baseDirectory) : []),
      ...containerFileFaults(component, contents),
      ...manifestFaults(component, contents),
    ]);

function sourceFaults(component: PlacedComponent, baseDirectory: string): readonly Fault[] {
  if (!placesOf(component).some(({ on }) => on === 'machine')) return [];
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

function manifestFaults(component: PlacedComponent, contents: FileContents): readonly Fault[] {
  const manifests = decided(component, 'manifests');
  if (manifests === undefined || decidedWorkload(component)?.key !== 'manifests') return [];
  return (manifests.value ?? []).flatMap((file, index): readonly Fault[] => {
    const reason = file === undefined ? undefined : contents.faultOf(file);
    if (reason === undefined) return [];
    const says = `names the file "${file}", which ${reason}`;
    return [{ path: [...manifests.path, index], at: 'value', says }];
  });
}

/** A ConfigMap holds 1 MiB of keys and values; all files of a revision are in one. */
const MAX_FILES_BYTES = 1024 * 1024;

function containerFileFaults(component: PlacedComponent, contents: FileContents): readonly Fault[] {
  if (clusterPlaces(component).length === 0) return [];
  const files = Object.entries(mergedKubernetes(component).files ?? {});
  const unreadable = files.flatMap(([inside, file]): readonly Fault[] => {
    if (typeof file !== 'string') return [];
    const reason = contents.faultOf(file);
    if (reason === undefined) return [];
    const path = blockPath(component, 'files', inside);
    return [{ path, at: 'value', says: `names the file "${file}", which ${reason}` }];
  });
  const bytes = files.reduce((sum, [inside, file]) => {
    const text = typeof file === 'string' ? contents.textOf(file) : (file?.text ?? '');
    return sum + Buffer.byteLength(inside) + Buffer.byteLength(text);
  }, 0);
  if (bytes <= MAX_FILES_BYTES) return unreadable;
  const says = `brings the files of component ${component.name} above 1 MiB, which is all that a ConfigMap holds; put large files into the image`;
  return [...unreadable, { path: blockPath(component, 'files'), at: 'key', says }];
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
