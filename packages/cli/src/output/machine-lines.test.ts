import { expect, test } from 'vitest';
import type { SandboxMachine } from '@sluice/sandbox/machine/sandbox-machine.ts';
import { machineLines, sandboxMeans } from './machine-lines.ts';
import { plainStyle } from './style.ts';

const WHOLE = {
  bubblewrap: { usable: true, path: '/usr/bin/bwrap', version: '0.8.0' },
  prlimit: '/usr/bin/prlimit',
  setpriv: '/usr/bin/setpriv',
  groups: { interface: 'cgroup v2', keeps: new Set(['memory', 'cpu']) },
  isRoot: true,
} as unknown as SandboxMachine;
const linesOf = (machine: SandboxMachine): readonly string[] =>
  machineLines(sandboxMeans(machine), plainStyle({ unicode: true }));

test('a machine with everything says what keeps what', () => {
  expect(linesOf(WHOLE)).toEqual([
    'sandboxes of agents, on this machine and as this user:',
    '  ✔ bubblewrap 0.8.0',
    '  ✔ cgroup v2 keeps memory, cpu of all processes of a worker together',
    '  ✔ prlimit and setpriv keep limits of each process',
  ]);
});

test('what is not there is said with its remedy', () => {
  const bubblewrap = { usable: false as const, reason: 'bubblewrap is not installed', remedy: 'Install it.' };
  expect(linesOf({ ...WHOLE, bubblewrap, groups: null, prlimit: null })).toEqual([
    'sandboxes of agents, on this machine and as this user:',
    '  · bubblewrap is not installed. Install it.',
    '  · no control groups: resources.memory and resources.cpu cannot be kept in a sandbox',
    '  · prlimit and setpriv are not installed (package util-linux): no limits of each process',
  ]);
});
