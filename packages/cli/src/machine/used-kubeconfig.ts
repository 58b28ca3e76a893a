import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { World } from '../world.ts';

/** Which kubeconfig a control plane that is started now reads for the cluster `default` and for `context:NAME`. */
export interface UsedKubeconfig {
  /** In words: the files, and from where they are known; null where there is none. */
  readonly words: string | null;
  /** Files that KUBECONFIG names and that are not there. */
  readonly absent: readonly string[];
}

/** Looks at KUBECONFIG, or else at the file in the home folder, as the official clients do. */
export function usedKubeconfig({
  environment,
  workingDirectory,
}: Pick<World, 'environment' | 'workingDirectory'>): UsedKubeconfig {
  const named = (environment['KUBECONFIG'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((file) => resolve(workingDirectory, file));
  if (named.length > 0)
    return {
      words: `${named.join(', ')}  (from KUBECONFIG in the environment)`,
      absent: named.filter((file) => !existsSync(file)),
    };
  const home = join(environment['HOME'] ?? '', '.kube', 'config');
  return { words: environment['HOME'] && existsSync(home) ? home : null, absent: [] };
}
