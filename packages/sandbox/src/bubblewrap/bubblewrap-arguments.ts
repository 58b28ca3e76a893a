import { isWithin } from '@sluice/core/tasks/sandbox-spec.ts';
import type { SandboxOrder } from '../sandbox.ts';
import type { FoundNode } from './found-node.ts';
import type { Mount } from './visible-system.ts';

/** Where programs are looked for when the order has no PATH. */
export const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';
/** Where a sandbox has its HOME: the one place that is always writable, and gone with it. */
const HOME = '/tmp';

/** What the options are made of, beside the order. */
export interface Surroundings {
  readonly system: readonly Mount[];
  /** Null when Node lies among the system's programs. */
  readonly node: FoundNode | null;
}

/**
 * Options of bubblewrap (bwrap(1)) without the command. What is not named here is not there.
 *
 * 1. Namespaces of its own for users, processes, mounts, IPC and names, and for the network where that is asked for; it
 *    can make no further user namespace, in which it would have rights over what it mounts.
 * 2. No rights at all (`--cap-drop ALL`): bubblewrap leaves root all rights within its namespace.
 * 3. /proc is read-only: root without rights is still the owner of /proc/sys, and bubblewrap does not cover it.
 * 4. Everything else that is made of memory has a size, or is read-only.
 */
export function bubblewrapArguments(order: SandboxOrder, { system, node }: Surroundings): readonly string[] {
  const { limits, directory } = order;
  const scratch = ['--perms', '1777', '--size', String(limits.scratchBytes), '--tmpfs'];
  const given: readonly Mount[] = [
    ...limits.readable.map((path) => ['--ro-bind', path, path]),
    ...limits.writable.map((path) => ['--bind', path, path]),
    ...(limits.writable.some((path) => isWithin(directory, path))
      ? []
      : [['--ro-bind', directory, directory]]),
  ];
  return [
    ...namespaces(order),
    ...['--clearenv', ...variablesOf(order, node)],
    ...system.flat(),
    ...['--proc', '/proc', '--remount-ro', '/proc', '--dev', '/dev'],
    ...[...scratch, '/dev/shm', ...scratch, '/tmp', '--dir', '/var/tmp'],
    ...given.toSorted(byDepth).flat(),
    ...order.doors.flatMap(({ from, to }) => ['--ro-bind', from, to]),
    ...(node === null ? [] : ['--ro-bind', node.path, `${NODE_FOLDER}/node`]),
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', directory],
  ];
}

/** Where the sandbox finds a Node that lies elsewhere on the machine. */
const NODE_FOLDER = '/run/sluice/bin';

const namespaces = ({ limits, diesWithLauncher }: SandboxOrder): readonly string[] => [
  ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
  ...(limits.network === 'none' ? ['--unshare-net'] : []),
  ...['--disable-userns', '--cap-drop', 'ALL', '--hostname', 'sandbox'],
  ...(diesWithLauncher ? ['--die-with-parent'] : []),
];

function variablesOf({ variables, marks }: SandboxOrder, node: FoundNode | null): readonly string[] {
  const path = variables['PATH'] ?? DEFAULT_PATH;
  const all = {
    ...variables,
    ...marks,
    // For programs that would make a sandbox of their own, which cannot be done inside.
    SLUICE_SANDBOX: 'bubblewrap',
    HOME,
    TMPDIR: HOME,
    PATH: withNode(path, node),
  };
  return Object.entries(all).flatMap(([name, value]) => ['--setenv', name, value]);
}

function withNode(path: string, node: FoundNode | null): string {
  if (node === null) return path;
  return node.isFirst ? `${NODE_FOLDER}:${path}` : `${path}:${NODE_FOLDER}`;
}

/** What lies in another folder is put there after it. */
const byDepth = ([, , one = '']: Mount, [, , other = '']: Mount): number =>
  one.split('/').length - other.split('/').length;
