import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { LastWords } from './last-words.ts';

/** A shell command with its surroundings. */
export interface Command {
  readonly command: string;
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** How a command ended. */
export interface CommandEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly words: LastWords;
}

/**
 * Watches standard input from within the command's process group and kills the group when it ends: the pipe ends with
 * our process, so that a kill -9 of the control plane leaves no check running. The command itself reads /dev/null.
 */
const LEASHED =
  'exec 3<&0 </dev/null; (cat <&3; kill -KILL 0) >/dev/null 2>&1 & exec 3<&-; exec /bin/sh -c "$1"';
/** How long pipes may stay open after the group was killed: only a process that left the group still has them. */
const PIPES_CLOSE_WITHIN_MS = 1_000;

/**
 * Runs a command in a process group of its own; whatever of the group is left at its end, or when the signal aborts, is
 * killed. Rejects only when it cannot be started.
 */
export async function runCommand(command: Command, signal: AbortSignal): Promise<CommandEnd> {
  const child = spawn('/bin/sh', ['-c', LEASHED, 'check', command.command], {
    cwd: command.directory,
    env: command.variables,
    detached: true,
    stdio: 'pipe',
  });
  const words = new LastWords();
  words.listenTo(child.stdout);
  words.listenTo(child.stderr);
  child.stdin.on('error', () => undefined);
  const kill = (): void => killGroup(child);
  signal.addEventListener('abort', kill);
  try {
    if (signal.aborted) child.once('spawn', kill);
    const closed = once(child, 'close');
    // A child that cannot be started rejects both; the first one tells it.
    closed.catch(() => undefined);
    const [exitCode, ending] = await once(child, 'exit').catch((thrown: unknown) => {
      throw notStarted(command, thrown);
    });
    kill();
    await closedOrGivenUp(child, closed);
    return { exitCode, signal: ending, words };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function notStarted({ directory }: Command, cause: unknown): SluiceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `the shell could not be started in ${directory} (${reason}); is the folder still there?`;
  return new SluiceError('not-found', message, { next: 'ask-human', cause });
}

async function closedOrGivenUp(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  const giveUp = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, PIPES_CLOSE_WITHIN_MS);
  await closed.finally(() => clearTimeout(giveUp));
}

/** The group keeps its number while anything of it lives, also after its leader has ended. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}
