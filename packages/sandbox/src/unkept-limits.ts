import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import { sandboxPathFault } from '@sluice/core/tasks/sandbox-spec.ts';
import type { GroupLimit } from './groups/group-tree.ts';
import type { SandboxMachine } from './machine/sandbox-machine.ts';
import type { SandboxLimits } from './sandbox.ts';

type Means = Pick<SandboxMachine, 'groups' | 'prlimit'>;

/** Whether a machine can keep what every kind of sandbox leaves to the kernel; the first limit that it cannot is named. */
export function admitLimits(limits: SandboxLimits, means: Means): Result<undefined> {
  const paths = sandboxPathFault(limits);
  if (paths !== null)
    return refuse('sandbox-paths', `The sandbox ${paths}.`, 'Correct readable and writable of the sandbox.');
  for (const [asked, limit, words] of groupLimitsOf(limits))
    if (asked > 0 && means.groups?.keeps.has(limit) !== true) return withoutGroups(words);
  const each = perProcess(limits).find(({ value }) => value > 0);
  if (each === undefined || means.prlimit !== null) return ok(undefined);
  return notKept(
    `the ${each.words} of each process`,
    'prlimit is not installed',
    'Install the package util-linux.',
  );
}

/** Limits that only control groups keep. Processes are not among them: some sandboxes have another way. */
const groupLimitsOf = ({
  memoryBytes,
  cpuMillis,
}: SandboxLimits): readonly (readonly [number, GroupLimit, string])[] => [
  [memoryBytes, 'memory', 'the memory of all processes together (resources.memory)'],
  [cpuMillis, 'cpu', 'the processor time of all processes together (resources.cpu)'],
];

/** Refuses a limit for want of control groups. */
export const withoutGroups = (words: string): Result<never> =>
  notKept(
    words,
    'this user may make no control groups (cgroups) on this machine',
    'Run Sluice as root or under a service manager that delegates control groups (systemd: Delegate=yes), or leave the limit away; memory-per-process needs none.',
  );

/** Refuses a limit that cannot be kept here. */
export const notKept = (words: string, why: string, remedy: string): Result<never> =>
  refuse('sandbox-unavailable', `The sandbox cannot keep ${words}: ${why}.`, remedy);

/** Limits of each process, by the option of prlimit that sets them. */
export const perProcess = ({
  memoryPerProcessBytes,
  openFiles,
  fileBytes,
  cpuTimeMs,
}: SandboxLimits): readonly { readonly option: string; readonly value: number; readonly words: string }[] => [
  { option: 'data', value: memoryPerProcessBytes, words: 'memory' },
  { option: 'nofile', value: openFiles, words: 'number of open files' },
  { option: 'fsize', value: fileBytes, words: 'size of files' },
  { option: 'cpu', value: Math.ceil(cpuTimeMs / 1000), words: 'processor time' },
];
