import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import { type HostPaths, revisionLogFolder } from '../disk/host-paths.ts';
import { readTail } from '../disk/log-file.ts';
import { withoutSecrets } from '../supervisor/last-exit.ts';

/** Which lines are asked for. */
export interface LogQuery {
  readonly track: string;
  readonly revision: string;
  /** Null means every instance, each line with its number in front. */
  readonly instance: number | null;
  readonly tail: number;
}

/**
 * The last lines that instances wrote, also of a revision that was retired. Values of the revision's secrets are
 * blotted out as long as the revision is known here, and out of the files themselves when it is forgotten.
 */
export async function revisionLogs(
  paths: HostPaths,
  query: LogQuery,
  secrets: RevisionRun['secrets'],
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<Result<string>> {
  const folder = revisionLogFolder(paths, query.track, query.revision);
  const instances = await instancesIn(folder);
  const wanted =
    query.instance === null ? instances : instances.filter((instance) => instance === query.instance);
  if (wanted.length === 0)
    return refuse(
      'revision-unknown',
      `There are no logs of ${query.revision} here.`,
      'Ask for a revision that has run.',
    );
  const texts = await Promise.all(
    wanted.map(async (instance) => {
      const lines = await readTail(join(folder, `${instance}.log`), query.tail);
      const prefix = query.instance === null ? `${instance} | ` : '';
      return lines.map((line) => `${prefix}${line}\n`).join('');
    }),
  );
  return ok(await withoutSecrets(texts.join(''), secrets, environment));
}

async function instancesIn(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .flatMap((name) => /^(\d+)\.log$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}
