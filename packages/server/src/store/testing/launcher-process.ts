import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What the child process said about its start. */
export interface LauncherSaid {
  readonly pid?: number;
  readonly adopted?: boolean;
  readonly connectionString?: string;
  readonly failed?: string;
}

/** A launcher in a process of its own. */
export interface LauncherProcess {
  readonly said: Promise<LauncherSaid>;
  /** Kills the launcher, not the server, and waits for its end. */
  kill(): Promise<void>;
}

/** The script that the process runs. */
export const LAUNCHER_SCRIPT = fileURLToPath(new URL('./start-in-child.ts', import.meta.url));

/** Runs the launcher as its own process, on request as another user; for tests. */
export function spawnLauncher(
  directory: string,
  as: { readonly uid?: number; readonly gid?: number } = {},
): LauncherProcess {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', LAUNCHER_SCRIPT, directory],
    {
      ...as,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  return { said: firstLine(child), kill: () => kill(child) };
}

async function firstLine(child: ChildProcess): Promise<LauncherSaid> {
  if (child.stdout === null) return { failed: 'no output' };
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  return { failed: 'the process ended without a word' };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
