/** What keeps a worker from the rest of its machine; docs/guides/sandbox.md says what each one guarantees. */
export type SandboxKind = 'plain' | 'bubblewrap';

/**
 * How the processes of a worker are kept to themselves. A limit of 0 is none. A limit that the machine cannot keep is a
 * reason not to start, never a weaker sandbox. Memory and processor time of all processes together are the component's
 * `resources`, which hold in a sandbox by the kernel or not at all.
 */
export interface SandboxSpec {
  readonly kind: SandboxKind;
  /** `none` leaves only the way to Sluice itself; `host` is the machine's own network. */
  readonly network: 'none' | 'host';
  /** Absolute paths that can be read beside the system's programs and the folder of the revision. */
  readonly readable: readonly string[];
  /** Absolute paths that can be written too. */
  readonly writable: readonly string[];
  /** Room in /tmp and in /dev/shm, each, in bytes. */
  readonly scratchBytes: number;
  /** Private memory of each process, in bytes. */
  readonly memoryPerProcessBytes: number;
  /** Processes and threads at the same time, of all together. */
  readonly processes: number;
  /** Files that each process may have open. */
  readonly openFiles: number;
  /** Largest file that may be written, in bytes. */
  readonly fileBytes: number;
}

/** Folders that the sandbox makes itself; a path of the machine in their place would undo it. */
const OWN_FOLDERS = ['/proc', '/dev', '/sys', '/run/sluice'];

/** Whether a path is another one, or lies below it; both absolute and without `.` and `..`. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);

/** What is wrong with the paths of a sandbox, in words that complete "the sandbox ..."; null when nothing is. */
export function sandboxPathFault({
  readable,
  writable,
}: Pick<SandboxSpec, 'readable' | 'writable'>): string | null {
  const paths = [...readable, ...writable];
  const unclear = paths.find((path) => !isClear(path));
  if (unclear !== undefined) return `names ${unclear}, which is no absolute path without "." and ".."`;
  if (paths.includes('/')) return 'names /, which is everything there is; name the folders that are needed';
  const taken = paths.find((path) => OWN_FOLDERS.some((own) => isWithin(path, own)));
  if (taken !== undefined) return `names ${taken}, which it makes itself`;
  // What may be written may be made a link to anywhere before the next start.
  const inside = paths.find((path) => writable.some((folder) => path !== folder && isWithin(path, folder)));
  if (inside !== undefined) return `names ${inside}, which lies in a folder that may be written`;
  const both = readable.find((path) => writable.includes(path));
  return both === undefined ? null : `names ${both} as readable and as writable`;
}

const isClear = (path: string): boolean =>
  path === '/' ||
  (path.startsWith('/') &&
    !path.includes('\0') &&
    path
      .slice(1)
      .split('/')
      .every((part) => part !== '' && part !== '.' && part !== '..'));
