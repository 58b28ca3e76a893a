import { stat } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import { endGroup } from '../groups/end-group.ts';
import { joining, limited } from '../launch-words.ts';
import type { SandboxMachine } from '../machine/sandbox-machine.ts';
import type { Sandbox, SandboxLimits, SandboxOrder } from '../sandbox.ts';
import { admitLimits, notKept, withoutGroups } from '../unkept-limits.ts';
import { bubblewrapArguments, DEFAULT_PATH } from './bubblewrap-arguments.ts';
import { foundNode } from './found-node.ts';
import { systemMounts } from './visible-system.ts';

/** Processes of bubblewrap itself that a control group counts: one outside, one inside. */
const OWN_IN_GROUP = 2;
/** Of which the namespace counts one. */
const OWN_IN_NAMESPACE = 1;

/**
 * Processes in namespaces of their own, made by bubblewrap: they see the system's programs, their folder and what the
 * limits name, and nothing else of the machine.
 */
export function bubblewrapSandbox(machine: SandboxMachine): Sandbox {
  const { groups } = machine;
  return {
    kind: 'bubblewrap',
    admit: (limits) => admit(limits, machine),
    prepare: async (order) => {
      const admitted = await admit(order.limits, machine);
      if (!admitted.ok) return admitted;
      const joined = await joinedGroups(order, machine);
      return joined.ok ? launchOf(order, machine, joined.value) : joined;
    },
    finish: async (name) => (groups === null ? { outOfMemory: false } : endGroup(groups, name)),
  };
}

async function admit(limits: SandboxLimits, machine: SandboxMachine): Promise<Result<undefined>> {
  const { bubblewrap, groups, isRoot, prlimit } = machine;
  if (!bubblewrap.usable)
    return refuse(
      'sandbox-unavailable',
      `The sandbox cannot be made: ${bubblewrap.reason}.`,
      bubblewrap.remedy,
    );
  if (limits.processes > 0 && groups?.keeps.has('processes') !== true) {
    // The kernel exempts root from its limit per user, even in a namespace.
    if (isRoot) return withoutGroups('the number of processes');
    if (prlimit === null)
      return notKept(
        'the number of processes',
        'prlimit is not installed',
        'Install the package util-linux.',
      );
  }
  const admitted = admitLimits(limits, machine);
  return admitted.ok ? pathsThere(limits) : admitted;
}

async function pathsThere({ readable, writable }: SandboxLimits): Promise<Result<undefined>> {
  for (const path of [...readable, ...writable]) {
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (!isThere)
      return refuse(
        'sandbox-paths',
        `The sandbox names ${path}, which cannot be found on this machine.`,
        'Make it before, or take it out of readable and writable.',
      );
  }
  return ok(undefined);
}

async function joinedGroups(
  { name, limits }: SandboxOrder,
  { groups }: SandboxMachine,
): Promise<Result<readonly string[]>> {
  if (groups === null) return ok([]);
  const processes = limits.processes > 0 ? limits.processes + OWN_IN_GROUP : 0;
  try {
    return ok(await groups.make(name, { ...limits, processes }));
  } catch (error) {
    await endGroup(groups, name);
    const { message } = SluiceError.from(error, 'make a control group');
    return refuse(
      'sandbox-unavailable',
      `The kernel refused the limits of the sandbox: ${message}.`,
      'Check the sizes in resources and sandbox.',
    );
  }
}

async function launchOf(order: SandboxOrder, machine: SandboxMachine, groups: readonly string[]) {
  const { bubblewrap, prlimit } = machine;
  const path = bubblewrap.usable ? bubblewrap.path : '';
  const around = {
    system: await systemMounts(order.limits.network),
    node: await foundNode(order.variables['PATH'] ?? DEFAULT_PATH),
  };
  const { processes } = order.limits;
  const counted =
    processes > 0 && machine.groups?.keeps.has('processes') !== true
      ? [`--nproc=${processes + OWN_IN_NAMESPACE}:${processes + OWN_IN_NAMESPACE}`]
      : [];
  const inner = limited(prlimit, order.limits, order.command, counted);
  const [program = '', ...words] = joining(groups, [path, '--args', '3', '--', ...inner]);
  const handedOver = `${bubblewrapArguments(order, around).join('\0')}\0`;
  // Its own environment can be read inside, in /proc/1/environ: it gets none but the marks.
  return ok({ program, arguments: words, variables: order.marks, directory: '/', handedOver });
}
