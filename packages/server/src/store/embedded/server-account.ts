import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { unlessMissing } from './unless-missing.ts';

/** The user that runs the database server; PostgreSQL refuses to run as root. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
  /** True when the launcher is root and changes to this user; false when it is this user already. */
  readonly switched: boolean;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const NOBODY_UID = 65_534;

/** What root needs for changing users; the bits are those of linux/capability.h. */
const CAPABILITIES = [
  { name: 'CHOWN', bit: 0n },
  { name: 'DAC_OVERRIDE', bit: 1n },
  { name: 'KILL', bit: 5n },
  { name: 'SETGID', bit: 6n },
  { name: 'SETUID', bit: 7n },
];

/**
 * Chooses who runs the server over `dataDirectory`: the plain user that we are; as root the owner of existing data,
 * else `postgres`, else uid 65534.
 * @throws SluiceError `unsupported` when no such user exists, or the data belong to somebody else
 */
export async function chooseServerAccount(
  dataDirectory: string,
  passwdPath = '/etc/passwd',
): Promise<ServerAccount> {
  const owner = await stat(dataDirectory).catch(unlessMissing);
  const { uid, gid } = currentUser();
  if (uid !== 0) return plainUser({ uid, gid }, owner, dataDirectory);
  if (owner !== undefined && owner.uid === 0) throw ownedByRoot(dataDirectory);
  await requireRightToChangeUser();
  if (owner !== undefined) return { uid: owner.uid, gid: owner.gid, switched: true };
  return unprivilegedUser(passwdPath);
}

/**
 * Makes sure that this root can give files away, enter what it gave away, change its user and send signals: in a container
 * it may have been stripped of that.
 * @throws SluiceError `unsupported` when it cannot
 */
export async function requireRightToChangeUser(statusPath = '/proc/self/status'): Promise<void> {
  const status = (await readFile(statusPath, 'utf8').catch(unlessMissing)) ?? '';
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  if (effective === undefined) return;
  const held = BigInt(`0x${effective}`);
  const missing = CAPABILITIES.filter(({ bit }) => ((held >> bit) & 1n) === 0n).map(({ name }) => name);
  if (missing.length === 0) return;
  throw cannotChangeUser(`the capabilities ${missing.join(', ')} are missing`);
}

/** Says that this root cannot run the server as another user, and what to do instead. */
export function cannotChangeUser(reason: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'unsupported',
    `Starting the embedded database as root failed: PostgreSQL refuses to run as root, and this root cannot change to another ` +
      `user (${reason}). Run as a plain user (docker run --user, runAsUser), or set DATABASE_URL to a PostgreSQL server.`,
    { next: 'ask-human', cause },
  );
}

/**
 * Makes sure that initdb can look up the name of the user it runs as.
 * @throws SluiceError `unsupported` when the uid has no passwd entry
 */
export function requireUserName(account: ServerAccount): void {
  if (account.switched) return;
  try {
    userInfo();
  } catch (cause) {
    throw new SluiceError(
      'unsupported',
      `Creating the embedded database failed: initdb needs a user name, and uid ${account.uid} has no entry in /etc/passwd. ` +
        'Add an entry for it, run as a user that has one, or set DATABASE_URL to a PostgreSQL server.',
      { next: 'ask-human', cause },
    );
  }
}

function currentUser(): { uid: number; gid: number } {
  const uid = process.geteuid?.();
  const gid = process.getegid?.();
  if (uid !== undefined && gid !== undefined) return { uid, gid };
  throw new SluiceError(
    'unsupported',
    `The embedded database does not run on ${process.platform}. Set DATABASE_URL to a PostgreSQL server.`,
    { next: 'ask-human' },
  );
}

function plainUser(
  user: { uid: number; gid: number },
  owner: { uid: number } | undefined,
  dataDirectory: string,
): ServerAccount {
  if (owner === undefined || owner.uid === user.uid) return { ...user, switched: false };
  throw new SluiceError(
    'unsupported',
    `Starting the embedded database as uid ${user.uid} failed: ${dataDirectory} belongs to uid ${owner.uid}. ` +
      'Run as that user or as root, or choose another directory.',
    { next: 'ask-human' },
  );
}

async function unprivilegedUser(passwdPath: string): Promise<ServerAccount> {
  const entries = parsePasswd((await readFile(passwdPath, 'utf8').catch(unlessMissing)) ?? '');
  const entry =
    entries.find(({ name, uid }) => name === 'postgres' && uid !== 0) ??
    entries.find(({ uid }) => uid === NOBODY_UID);
  if (entry !== undefined) return { uid: entry.uid, gid: entry.gid, switched: true };
  throw new SluiceError(
    'unsupported',
    `Starting the embedded database as root failed: PostgreSQL refuses to run as root, and ${passwdPath} has neither a user ` +
      `"postgres" nor uid ${NOBODY_UID} to change to. Add one (useradd --system postgres), run as a plain user, or set DATABASE_URL.`,
    { next: 'ask-human' },
  );
}

function parsePasswd(text: string): PasswdEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

function ownedByRoot(dataDirectory: string): SluiceError {
  return new SluiceError(
    'unsupported',
    `Starting the embedded database failed: ${dataDirectory} belongs to root, and PostgreSQL refuses to run as root. ` +
      'Give it back to its user (chown -R postgres), or choose another directory.',
    { next: 'ask-human' },
  );
}
