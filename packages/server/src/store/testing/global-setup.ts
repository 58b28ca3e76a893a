/**
 * For vitest: prepares the folder of the one database server that the tests share, and ends server and folder with the
 * run. The server itself is started by the first test that asks, so that other tests do not wait for it.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEmbeddedPostgres } from '../embedded/start-embedded-postgres.ts';
import { errorCode } from '../embedded/unless-missing.ts';
import { dropTemplate, namedTestServer } from './test-database.ts';
import { passTestServerDirectory } from './test-server-directory.ts';

const PREFIX = 'sluice-test-postgres-';
let folder: string | undefined;

/** Called by vitest before the tests. */
export async function setup(): Promise<void> {
  await removeAbandoned();
  folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  passTestServerDirectory(join(folder, 'postgres'));
}

/** Called by vitest after the tests. */
export async function teardown(): Promise<void> {
  const named = namedTestServer();
  if (named !== undefined) await dropTemplate(named);
  passTestServerDirectory(undefined);
  if (folder !== undefined) await remove(folder);
}

/** A run that was killed could not clean up; its name says which process it was. */
async function removeAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  const abandoned = names.filter((name) => !isAlive(Number.parseInt(name.slice(PREFIX.length), 10)));
  await Promise.allSettled(abandoned.map((name) => remove(join(tmpdir(), name))));
}

async function remove(testFolder: string): Promise<void> {
  await (await findEmbeddedPostgres({ directory: join(testFolder, 'postgres') }))?.stop();
  await rm(testFolder, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return errorCode(thrown) === 'EPERM';
  }
}
