import { execFile } from 'node:child_process';
import { access, constants, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GroupTree } from '../groups/group-tree.ts';
import { openGroupsV1 } from '../groups/groups-v1.ts';
import { openGroupsV2 } from '../groups/groups-v2.ts';

/** What a machine has to keep processes apart with. */
export interface SandboxMachine {
  readonly bubblewrap: FoundBubblewrap;
  /** Sets limits of a process; null when it is not installed. */
  readonly prlimit: string | null;
  /** Takes rights from a process; null when it is not installed. */
  readonly setpriv: string | null;
  /** Null where this user may make no control groups. */
  readonly groups: GroupTree | null;
  readonly isRoot: boolean;
}

/** Bubblewrap, tried out; or why it cannot be used, with what to do about it. */
export type FoundBubblewrap =
  | { readonly usable: true; readonly path: string; readonly version: string }
  | { readonly usable: false; readonly reason: string; readonly remedy: string };

const CGROUP_MOUNT = '/sys/fs/cgroup';
/** Where system programs are, whatever PATH says: what keeps others in must not be theirs to choose. */
const SYSTEM_FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin', '/sbin'];
/** How long a trial of bubblewrap may take, in ms. */
const TRIAL_MS = 10_000;
/** The first version with `--disable-userns` (its release notes). */
const LEAST_VERSION = [0, 8] as const;

const execute = promisify(execFile);

/** Looks at this machine; takes some tens of milliseconds, because bubblewrap is tried out. */
export async function examineMachine(): Promise<SandboxMachine> {
  const own = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  const [bubblewrap, prlimit, setpriv, v2] = await Promise.all([
    tryBubblewrap(),
    findProgram('prlimit'),
    findProgram('setpriv'),
    openGroupsV2(CGROUP_MOUNT, own),
  ]);
  const groups = v2 ?? (await openGroupsV1(CGROUP_MOUNT));
  return { bubblewrap, prlimit, setpriv, groups, isRoot: process.getuid?.() === 0 };
}

async function tryBubblewrap(): Promise<FoundBubblewrap> {
  const path = await findProgram('bwrap');
  if (path === null)
    return {
      usable: false,
      reason: 'bubblewrap is not installed',
      remedy: 'Install the package bubblewrap (apt-get install bubblewrap).',
    };
  const version = await versionOf(path);
  if (!isRecent(version))
    return {
      usable: false,
      reason: `bubblewrap ${version} is too old`,
      remedy: `Install bubblewrap ${LEAST_VERSION.join('.')} or later.`,
    };
  const trial = ['--unshare-all', '--unshare-user', '--disable-userns', '--ro-bind', '/', '/'];
  return execute(path, [...trial, '--proc', '/proc', '/bin/true'], { env: {}, timeout: TRIAL_MS }).then(
    () => ({ usable: true, path, version }),
    (error: { stderr?: string; message: string }) => ({
      usable: false,
      reason: `bubblewrap cannot make a sandbox here (${(error.stderr || error.message).trim().slice(0, 200)})`,
      remedy:
        'Allow user namespaces to the user that Sluice runs as: sysctl user.max_user_namespaces and ' +
        'kernel.unprivileged_userns_clone, on Ubuntu also kernel.apparmor_restrict_unprivileged_userns; in a container, its seccomp profile.',
    }),
  );
}

const versionOf = (path: string): Promise<string> =>
  execute(path, ['--version'], { env: {}, timeout: TRIAL_MS }).then(
    ({ stdout }) => /\d+(\.\d+)*/.exec(stdout)?.[0] ?? 'of an unknown version',
    () => 'of an unknown version',
  );

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1]);
}

async function findProgram(name: string): Promise<string | null> {
  for (const folder of SYSTEM_FOLDERS) {
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return realpath(path);
  }
  return null;
}
