import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { SandboxLaunch } from './sandbox.ts';

/** What becomes of standard input, output and error output. */
export type SandboxStreams = readonly ['ignore' | 'pipe', number | 'pipe', number | 'pipe'];

/** Starts what was prepared, as the leader of a process group and a session of its own. */
export function spawnSandboxed(launch: SandboxLaunch, streams: SandboxStreams): ChildProcess {
  const { handedOver } = launch;
  const stdio: StdioOptions = handedOver === null ? [...streams] : [...streams, 'pipe'];
  const child = spawn(launch.program, launch.arguments, {
    cwd: launch.directory,
    env: launch.variables,
    detached: true,
    stdio,
  });
  if (handedOver !== null) {
    const pipe = child.stdio[3] as Writable | null;
    // A child that ends before it has read leaves a broken pipe; its end tells all.
    pipe?.on('error', () => undefined);
    pipe?.end(handedOver);
  }
  return child;
}
