import type { Dirent } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { declaredSecretFiles } from '@sluice/config/declared-secret-files.ts';
import type { ReleaseRequest } from '@sluice/protocol/http/requests.ts';

/** Never part of a release, wherever it lies: history, and Sluice's own state. */
const NAMES: ReadonlySet<string> = new Set(['.git', '.sluice']);
/** Beside the file that is released these say how Sluice treats a program, and are no part of it. */
const APPLICATION_FILES = ['sluice.yaml', 'sluice.yml'];

/** Whether an item of a folder, at its real path, is left out of the copy. */
export type LeavesOut = (item: Dirent, place: string) => Promise<boolean>;

/**
 * What a release leaves out of every copy, as absolute paths: the application file, so that a revision is what runs
 * and not how it is rolled out, and each file of a secret that any component names in any environment.
 */
export function leftOutOf(
  request: Pick<ReleaseRequest, 'text' | 'file' | 'baseDirectory'>,
): readonly string[] {
  const { text, file, baseDirectory } = request;
  const beside = [...APPLICATION_FILES, basename(file)].map((name) => join(baseDirectory, name));
  return [...beside, ...(isAbsolute(file) ? [file] : []), ...declaredSecretFiles(text, baseDirectory)];
}

/**
 * The rule of what is left out: names that never belong to a release, the given places by their real paths, links that
 * are one of them and links that lead to one.
 */
export async function leavingOut(places: readonly string[]): Promise<LeavesOut> {
  const real = new Set((await Promise.all(places.map(realPlaces))).flat());
  return async (item, place) => {
    if (NAMES.has(item.name) || real.has(place)) return true;
    const target = item.isSymbolicLink() ? await realPathOf(place) : undefined;
    return target !== undefined && real.has(target);
  };
}

/** Where a path leads, and, as it may be a link, where it stands; nothing for what is not there. */
async function realPlaces(path: string): Promise<readonly string[]> {
  const [target, folder] = await Promise.all([realPathOf(path), realPathOf(dirname(path))]);
  return [target, folder && join(folder, basename(path))].filter((place) => place !== undefined);
}

const realPathOf = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);
