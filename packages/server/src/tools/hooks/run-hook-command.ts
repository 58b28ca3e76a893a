import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A shell command with what it reads. */
export interface HookCommand {
  readonly command: string;
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Comes from its standard input. */
  readonly input: string;
}

/** How it ended. */
export interface HookCommandEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly output: string;
  /** The last of what it wrote to its error output. */
  readonly errorOutput: string;
  readonly isTooLong: boolean;
}

/** Of what a hook answers; longer is none. */
const MOST_OUTPUT = 64 * 1024;
const MOST_ERRORS = 2_000;
/**
 * Watches the fourth descriptor from within the command's process group and kills the group when it ends: the pipe ends with
 * our process, so that a kill -9 of the control plane leaves no hook running.
 */
const LEASHED =
  '(cat <&3 >/dev/null; kill -KILL 0) >/dev/null 2>&1 </dev/null & exec 3<&-; exec /bin/sh -c "$1"';

/** Runs a command in a process group of its own, of which nothing is left after; rejects when it cannot be started. */
export async function runHookCommand(
  { command, directory, variables, input }: HookCommand,
  signal: AbortSignal,
): Promise<HookCommandEnd> {
  const child = spawn('/bin/sh', ['-c', LEASHED, 'hook', command], {
    ...{ cwd: directory, env: variables, detached: true, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] },
  });
  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing of the group is left.
    }
  };
  let output = '';
  let errorOutput = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    output += part;
    if (output.length > MOST_OUTPUT) kill();
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    errorOutput = (errorOutput + part).slice(-MOST_ERRORS);
  });
  // It need not read what it is told.
  child.stdin.on('error', () => undefined);
  child.stdio[3]?.on('error', () => undefined);
  child.stdin.end(input);
  signal.addEventListener('abort', kill);
  try {
    const exited = once(child, 'exit');
    if (signal.aborted) child.once('spawn', kill);
    const [exitCode] = (await exited) as [number | null];
    kill();
    return { exitCode, output, errorOutput, isTooLong: output.length > MOST_OUTPUT };
  } finally {
    signal.removeEventListener('abort', kill);
    for (const stream of child.stdio) stream?.destroy();
  }
}
