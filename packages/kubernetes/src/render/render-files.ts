import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { revisionName } from '../objects/names.ts';
import { revisionMetadata } from './object-metadata.ts';
import { mountWorkerToken } from './render-worker-token.ts';
import type { ContainerRevision, RenderedRevision } from './rendered-revision.ts';

/** Always writable: too many programs keep something there. */
const TEMPORARY_FOLDER = '/tmp';

const FILES = 'files';

/**
 * The ConfigMap with the files of a revision, or none. The revision's id is a hash over the files among all else, so the
 * name stands for the content, and the object is immutable: nodes need not watch it, and nobody edits it under a running
 * revision.
 */
export function renderFiles(of: ContainerRevision, generation: number): KubernetesObject[] {
  const { files } = of.settings.workload;
  if (Object.keys(files).length === 0) return [];
  const keys = fileKeys(Object.keys(files));
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: revisionMetadata(of, filesName(of), generation),
      immutable: true,
      data: Object.fromEntries(keys.map(({ path, key }) => [key, files[path] ?? ''])),
    },
  ];
}

/**
 * The volumes of a container: its files, each mounted at its own path, an empty folder per writable one, and of agents the
 * token of their workers.
 */
export function renderVolumes(of: ContainerRevision): {
  readonly volumes: readonly JsonObject[];
  readonly volumeMounts: readonly JsonObject[];
} {
  const { files, writableFolders } = of.settings.workload;
  const keys = fileKeys(Object.keys(files));
  const folders = writable(writableFolders).filter((folder) => !(folder in files));
  const filesVolume = { name: FILES, configMap: { name: filesName(of) } };
  const token = mountWorkerToken(of);
  return {
    volumes: [
      ...(keys.length > 0 ? [filesVolume] : []),
      ...folders.map((_folder, index) => ({ name: folderName(index), emptyDir: {} })),
      ...token.volumes,
    ],
    volumeMounts: [
      ...folders.map((mountPath, index) => ({ name: folderName(index), mountPath })),
      // One by one, so that the other files of the image's folder stay to be seen.
      ...keys.map(({ path, key }) => ({ name: FILES, mountPath: path, subPath: key, readOnly: true })),
      ...token.volumeMounts,
    ],
  };
}

/** Each folder once, under one spelling: the API server takes a path for one mount only. */
const writable = (folders: readonly string[]): readonly string[] => [
  ...new Set([TEMPORARY_FOLDER, ...folders].map((folder) => folder.replace(/(.)\/+$/, '$1'))),
];

const folderName = (index: number): string => `writable-${index}`;

const filesName = (of: RenderedRevision): string => `${revisionName(of.track, of.revision)}-${FILES}`;

/** A key per path: its last part, with a number before it where several files share it or it may not stand there. */
function fileKeys(paths: readonly string[]): readonly { readonly path: string; readonly key: string }[] {
  const names = paths.map((path) => path.split('/').at(-1) ?? '');
  return paths.map((path, index) => {
    const name = names[index] ?? '';
    const plain =
      /^[A-Za-z][-._A-Za-z0-9]{0,99}$/.test(name) && names.indexOf(name) === names.lastIndexOf(name);
    const allowed = name.replaceAll(/[^-._A-Za-z0-9]+/g, '-').slice(0, 100);
    return { path, key: plain ? name : `${index}-${allowed}` };
  });
}
