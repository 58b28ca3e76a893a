import { type ChildProcess, spawn } from 'node:child_process';

/** What to run, where its output goes and how long it may take. */
export interface Command {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** `show` passes the output on as it comes; `keep` returns it. */
  readonly output: 'show' | 'keep';
}

/** How a command ended; `exitCode` is null when a signal ended it or it could not be started. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** Standard output and standard error as they came; empty when they were shown. */
  readonly output: string;
  readonly durationMs: number;
}

/** Time between asking a process group to end and ending it. */
const graceMs = 5_000;

const running = new Set<ChildProcess>();

/**
 * Runs a command in a process group of its own. After `timeoutMs` the whole group is ended, and whatever of the
 * group outlives the command is ended as well, so that nothing is left behind.
 */
export function runCommand(command: Command): Promise<CommandResult> {
  const startedAt = performance.now();
  const shown = command.output === 'show';
  const child = spawn(command.program, command.arguments, {
    cwd: command.folder,
    env: { ...process.env, ...command.environment },
    stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
    detached: true,
  });
  running.add(child);
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  let timedOut = false;
  let forced: NodeJS.Timeout | undefined;
  const deadline = setTimeout(() => {
    timedOut = true;
    signalGroup(child, 'SIGTERM');
    forced = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  }, command.timeoutMs);
  return new Promise((resolve) => {
    const finish = (exitCode: number | null, problem = ''): void => {
      clearTimeout(deadline);
      clearTimeout(forced);
      signalGroup(child, 'SIGKILL');
      running.delete(child);
      const output = Buffer.concat(chunks).toString('utf8') + problem;
      resolve({ exitCode, timedOut, output, durationMs: performance.now() - startedAt });
    };
    child.once('error', (error) => finish(null, `${error.message}\n`));
    // Not `close`: a grandchild that keeps the pipe open must not keep us waiting.
    child.once('exit', (exitCode) => setImmediate(() => finish(exitCode)));
  });
}

/** Ends the groups of all running commands at once; for use when this process itself is told to end. */
export function endRunningCommands(): void {
  for (const child of running) signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}
