import type { SandboxKind } from '@sluice/core/tasks/sandbox-spec.ts';
import { bubblewrapSandbox } from './bubblewrap/bubblewrap-sandbox.ts';
import { examineMachine } from './machine/sandbox-machine.ts';
import { plainSandbox } from './plain/plain-sandbox.ts';
import type { Sandbox } from './sandbox.ts';

/** How long what was seen of a machine is believed, in ms: someone may install what was missing. */
const BELIEVED_MS = 10_000;

/** Gives the sandbox of a kind on this machine. */
export type Sandboxes = (kind: SandboxKind) => Promise<Sandbox>;

/** The sandboxes of this machine; it is looked at when one is asked for, and again after some seconds. */
export function openSandboxes(examine = examineMachine): Sandboxes {
  let seen: { readonly at: number; readonly machine: ReturnType<typeof examineMachine> } | null = null;
  return async (kind) => {
    if (seen === null || performance.now() - seen.at > BELIEVED_MS)
      seen = { at: performance.now(), machine: examine() };
    const machine = await seen.machine;
    return kind === 'bubblewrap' ? bubblewrapSandbox(machine) : plainSandbox(machine);
  };
}
