import { listProcesses, type ProcessEntry, readVariable } from './process-table.ts';
import { SharedRun } from './shared-run.ts';

/** The variable by which a host knows its processes again; inherited by whatever they start. */
export const MARK_VARIABLE = 'SLUICE_MARK';

/** What a mark says: whose process this is, and which start of it. */
export interface ProcessMark {
  readonly directoryHash: string;
  readonly track: string;
  readonly revision: string;
  readonly instance: number;
  readonly nonce: string;
}

/** A process that carries a mark of this host's directory. */
export interface MarkedProcess extends ProcessEntry {
  readonly mark: string;
}

/** Writes a mark: `<directory hash>/<track>/<revision>/<instance>/<nonce>`, each part URL-encoded. */
export const formatMark = (mark: ProcessMark): string =>
  [mark.directoryHash, mark.track, mark.revision, String(mark.instance), mark.nonce]
    .map(encodeURIComponent)
    .join('/');

/** The track named in a mark; undefined when the text is no mark. */
export function trackOfMark(mark: string): string | undefined {
  const parts = mark.split('/');
  if (parts.length !== 5) return undefined;
  try {
    return decodeURIComponent(parts[1] ?? '');
  } catch {
    return undefined;
  }
}

/** Every live process that carries a mark of the directory, this process left out. */
export async function findMarked(directoryHash: string): Promise<readonly MarkedProcess[]> {
  return (await marked.next()).filter(({ mark }) => mark.startsWith(`${directoryHash}/`));
}

/** Shared, because a revision that stops asks once per instance, and each answer costs a look at every process. */
const marked = new SharedRun(async (): Promise<readonly MarkedProcess[]> => {
  const found: MarkedProcess[] = [];
  for (const entry of await listProcesses()) {
    if (entry.zombie || entry.pid === process.pid) continue;
    const mark = await readVariable(entry.pid, MARK_VARIABLE);
    if (mark !== undefined) found.push({ ...entry, mark });
  }
  return found;
});
