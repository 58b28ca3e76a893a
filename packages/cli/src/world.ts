/** Everything outside the program that commands touch, so that tests can stand in for it. */
import { setTimeout as delay } from 'node:timers/promises';
import { userInfo } from 'node:os';
import { runGit } from './context/run-git.ts';

/** A stream that people or programs read. */
export interface Output {
  write(text: string): void;
  /** True when a person looks at it live. */
  readonly isTerminal: boolean;
  /** Width and height in characters, now; 0 when it is not known. */
  size(): { readonly columns: number; readonly rows: number };
}

/** The world of one run of the command line. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly userName: string;
  /** Aborted when the person presses Ctrl-C or the process is told to end. */
  readonly interrupted: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after a time, or at once when the signal is given; never rejects. */
  wait(durationMs: number, signal: AbortSignal): Promise<void>;
  readStandardInput(): Promise<string>;
  /** What git prints for these arguments in a folder; null when there is no git, no repository, or no answer in five seconds. */
  git(args: readonly string[], directory: string): Promise<string | null>;
}

/** The real world of this process. */
export function processWorld(): World {
  let interrupted: AbortSignal | undefined;
  return {
    environment: process.env,
    workingDirectory: process.cwd(),
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    userName: userName(process.env),
    // Only commands that can end in an orderly way ask for it; all others end at once, as processes do.
    get interrupted() {
      interrupted ??= interruption();
      return interrupted;
    },
    now: () => Date.now(),
    wait: (durationMs, signal) => delay(durationMs, undefined, { signal }).catch(() => undefined),
    readStandardInput: async () => {
      const parts: Buffer[] = [];
      for await (const part of process.stdin) parts.push(part as Buffer);
      return Buffer.concat(parts).toString('utf8');
    },
    git: runGit,
  };
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait.
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // A reader that went away (`| head`) is no failure.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    size: () => ({ columns: stream.columns ?? 0, rows: stream.rows ?? 0 }),
  };
}

/** Who asks: the person behind a CI job where it names one, else the user of this machine. */
function userName(environment: NodeJS.ProcessEnv): string {
  const named = environment['GITHUB_ACTOR'] ?? environment['GITLAB_USER_LOGIN'];
  if (named) return named;
  try {
    return userInfo().username;
  } catch {
    return environment['USER'] ?? 'anonymous';
  }
}
