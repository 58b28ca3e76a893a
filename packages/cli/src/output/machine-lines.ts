import type { SandboxMachine } from '@sluice/sandbox/machine/sandbox-machine.ts';
import type { Style } from './style.ts';

/** What this machine has to keep workers of agents to themselves, as JSON. */
export interface SandboxMeans {
  readonly bubblewrap: { readonly version: string | null; readonly lacking: string | null };
  readonly controlGroups: { readonly interface: string | null; readonly keeps: readonly string[] };
  readonly limitsOfProcesses: boolean;
}

/** What of a machine matters to sandboxes. */
export function sandboxMeans({ bubblewrap, groups, prlimit, setpriv }: SandboxMachine): SandboxMeans {
  return {
    bubblewrap: bubblewrap.usable
      ? { version: bubblewrap.version, lacking: null }
      : { version: null, lacking: `${bubblewrap.reason}. ${bubblewrap.remedy}` },
    controlGroups: { interface: groups?.interface ?? null, keeps: [...(groups?.keeps ?? [])] },
    limitsOfProcesses: prlimit !== null && setpriv !== null,
  };
}

/** The same in lines: what is not there is no fault as long as no component asks for it. */
export function machineLines(means: SandboxMeans, { paint, symbols }: Style): readonly string[] {
  const line = (isThere: boolean, words: string): string =>
    `  ${isThere ? paint('good', symbols.done) : paint('warn', symbols.todo)} ${words}`;
  const { bubblewrap, controlGroups, limitsOfProcesses } = means;
  return [
    'sandboxes of agents, on this machine and as this user:',
    line(bubblewrap.lacking === null, bubblewrap.lacking ?? `bubblewrap ${bubblewrap.version}`),
    line(
      controlGroups.interface !== null,
      controlGroups.interface === null
        ? 'no control groups: resources.memory and resources.cpu cannot be kept in a sandbox'
        : `${controlGroups.interface} keeps ${controlGroups.keeps.join(', ')} of all processes of a worker together`,
    ),
    line(
      limitsOfProcesses,
      limitsOfProcesses
        ? 'prlimit and setpriv keep limits of each process'
        : 'prlimit and setpriv are not installed (package util-linux): no limits of each process',
    ),
  ];
}
