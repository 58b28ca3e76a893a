import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { addToken, findToken, namedToken } from '../store/access/tokens.ts';
import type { Database } from '../store/database/open-database.ts';
import { mintToken, readToken } from './bearer-token.ts';

/**
 * Sees to it that whoever may read the directory of a control plane can command it: at the first start a token of the role
 * admin is made and written there. One that was revoked is not made again, nor is one for an empty file, so that there can
 * be a control plane without it.
 *
 * @returns whether a token was written
 */
export async function ensureFirstToken(
  db: Database,
  { path, holder, now }: { readonly path: string; readonly holder: string; readonly now: () => Instant },
): Promise<boolean> {
  const present = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null;
    throw thrown;
  });
  if (present?.trim() === '') return false;
  const read = present === null ? undefined : readToken(present.trim());
  // Of another database, or of one that was restored from before it was made.
  if (read && (await findToken(db, read.id))) return false;
  const { id, text, digest } = mintToken();
  const name = (await namedToken(db, 'default', 'admin')) ? `admin-${id.slice(0, 6)}` : 'admin';
  const roles = [{ role: 'admin', project: '*', environment: '*' }];
  const detail = { roles, holder, expiresAt: null };
  // Written first: a token that nobody knows is worse than a file that opens nothing yet.
  await writeFile(`${path}.new`, `${text}\n`, { mode: 0o600 });
  await addToken(
    db,
    'default',
    { id, name, digest, roles, createdBy: 'system', expiresAt: null },
    { at: now(), actor: 'system', action: 'tokenCreated', subject: `token:${name}`, detail },
  );
  await rename(`${path}.new`, path);
  return true;
}
