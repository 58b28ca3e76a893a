import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ServerAccount } from './server-account.ts';

const EXECUTE_OWNER = 0o100;
const EXECUTE_GROUP = 0o010;
const EXECUTE_OTHERS = 0o001;

/**
 * Whether the server's user can enter an existing directory by its path. Access control lists are not looked at: where
 * they alone permit it, the answer is a harmless no.
 */
export async function isTraversableBy(account: ServerAccount, directory: string): Promise<boolean> {
  if (!account.switched) return true;
  let current = await realpath(directory);
  for (;;) {
    if (!mayEnter(account, await stat(current))) return false;
    const parent = dirname(current);
    if (parent === current) return true;
    current = parent;
  }
}

function mayEnter(account: ServerAccount, directory: Stats): boolean {
  if (directory.uid === account.uid) return (directory.mode & EXECUTE_OWNER) !== 0;
  if (directory.gid === account.gid) return (directory.mode & EXECUTE_GROUP) !== 0;
  return (directory.mode & EXECUTE_OTHERS) !== 0;
}
