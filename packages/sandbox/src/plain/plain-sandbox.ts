import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { endGroup } from '../groups/end-group.ts';
import { joining, limited, type Words } from '../launch-words.ts';
import type { SandboxMachine } from '../machine/sandbox-machine.ts';
import type { Sandbox, SandboxLimits, SandboxOrder } from '../sandbox.ts';
import { admitLimits, notKept, perProcess, withoutGroups } from '../unkept-limits.ts';

/**
 * A child process with an environment of its own and limits that the kernel keeps. It shares files, network and the other
 * processes of its user with everything else: it is for programs that may be wrong, not for such as mean harm.
 */
export function plainSandbox(machine: SandboxMachine): Sandbox {
  const { groups } = machine;
  return {
    kind: 'plain',
    admit: async (limits) => admit(limits, machine),
    prepare: async (order) => {
      const admitted = admit(order.limits, machine);
      if (!admitted.ok) return admitted;
      const joined = await groupOf(order, machine);
      if (!joined.ok) return joined;
      const inner = limited(machine.prlimit, order.limits, order.command);
      const [program = '', ...words] = joining(joined.value, withoutRights(order, machine, inner));
      const variables = { ...order.variables, ...order.marks };
      return ok({ program, arguments: words, variables, directory: order.directory, handedOver: null });
    },
    finish: async (name) => (groups === null ? { outOfMemory: false } : endGroup(groups, name)),
  };
}

function admit(limits: SandboxLimits, machine: SandboxMachine): Result<undefined> {
  const { groups, isRoot, setpriv } = machine;
  const remedy = 'Use kind: bubblewrap, or leave it away.';
  if (limits.network === 'none')
    return notKept('network: none', 'a plain process shares the network of its machine', remedy);
  if (limits.readable.length + limits.writable.length > 0)
    return notKept('readable and writable', 'a plain process sees every file that its user may see', remedy);
  if (limits.processes > 0 && groups?.keeps.has('processes') !== true)
    return withoutGroups('the number of processes');
  const limitsEach = perProcess(limits).some(({ value }) => value > 0);
  if (limitsEach && isRoot && setpriv === null)
    return notKept(
      'the limits of each process',
      'root could raise them again, and setpriv is not installed',
      'Install the package util-linux, or run Sluice as another user than root.',
    );
  return admitLimits(limits, machine);
}

/** Always in a group where there can be one: by it everything that was started is found again. */
async function groupOf(
  { name, limits }: SandboxOrder,
  { groups }: SandboxMachine,
): Promise<Result<readonly string[]>> {
  if (groups === null) return ok([]);
  try {
    return ok(await groups.make(name, limits));
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

/** Root without the right to raise limits; nobody gains rights by programs that give them. */
function withoutRights(order: SandboxOrder, { setpriv, isRoot }: SandboxMachine, command: Words): Words {
  if (setpriv === null) return command;
  return [
    setpriv,
    '--no-new-privs',
    ...(isRoot ? ['--bounding-set=-sys_resource', '--inh-caps=-sys_resource'] : []),
    ...(order.diesWithLauncher ? ['--pdeathsig=KILL'] : []),
    '--',
    ...command,
  ];
}
