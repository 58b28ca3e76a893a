import { perProcess } from './unkept-limits.ts';
import type { SandboxLimits } from './sandbox.ts';

/** A program and its arguments. */
export type Words = readonly string[];

/**
 * Joins groups and becomes the program: nothing of it ever runs outside. Ends with 125 when the kernel refuses, which is
 * the way of `env` and `docker` to say that what was to be started never was.
 */
const JOIN =
  'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 125; shift; n=$((n-1)); done; exec "$@"';

/** Puts what joins control groups in front of a command. */
export const joining = (groups: readonly string[], command: Words): Words =>
  groups.length === 0
    ? command
    : ['/bin/sh', '-c', JOIN, 'sluice-sandbox', String(groups.length), ...groups, ...command];

/** Puts what sets the limits of each process in front of a command; soft and hard, so that none can be raised again. */
export function limited(
  prlimit: string | null,
  limits: SandboxLimits,
  command: Words,
  more: readonly string[] = [],
): Words {
  const options = [
    ...perProcess(limits).flatMap(({ option, value }) =>
      value > 0 ? [`--${option}=${value}:${value}`] : [],
    ),
    ...more,
  ];
  return prlimit === null || options.length === 0 ? command : [prlimit, ...options, '--', ...command];
}
