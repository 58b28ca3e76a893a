import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** Most bytes of one file: a ConfigMap holds no more than 1 MiB in all. */
const MAX_BYTES = 1024 * 1024;

/** Texts of files that a file names, by the path that it names them with. */
export interface FileContents {
  readonly areRead: boolean;
  /** Empty when files are not looked at. */
  textOf(path: string): string;
  /** Why a file cannot be taken, as a predicate of its path; undefined when it can, or when files are not looked at. */
  faultOf(path: string): string | undefined;
}

/** What is said of files when nobody may look at the disk: nothing, and their texts are empty. */
export const UNREAD_FILES: FileContents = { areRead: false, textOf: () => '', faultOf: () => undefined };

/** Of a machine that is not that of whoever asks no file is looked at: not even whether there is one is told. */
export const FOREIGN_FILES: FileContents = {
  areRead: false,
  textOf: () => '',
  faultOf: () =>
    'would lie on the machine of the control plane, which is not that of this organisation; write the text into sluice.yaml',
};

/** The files below a folder, each read once. Looks at the disk. */
export function readFiles(baseDirectory: string): FileContents {
  const known = new Map<string, { readonly text: string } | { readonly fault: string }>();
  const read = (path: string): { readonly text: string } | { readonly fault: string } => {
    const found = known.get(path) ?? readText(resolve(baseDirectory, path));
    known.set(path, found);
    return found;
  };
  return {
    areRead: true,
    textOf: (path) => {
      const found = read(path);
      return 'text' in found ? found.text : '';
    },
    faultOf: (path) => {
      const found = read(path);
      return 'fault' in found ? found.fault : undefined;
    },
  };
}

function readText(path: string): { readonly text: string } | { readonly fault: string } {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) return { fault: 'is larger than 1 MiB' };
    const bytes = readFileSync(path);
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (thrown) {
    return { fault: reasonOf(thrown) };
  }
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof TypeError) return 'is not a text in UTF-8';
  const code = (thrown as { readonly code?: unknown }).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EISDIR') return 'is a folder';
  return `cannot be read (${String(code)})`;
}
