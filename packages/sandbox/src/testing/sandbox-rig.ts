import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, chownSync, constants, mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Refusal } from '@sluice/core/kernel/result.ts';
import type { SandboxKind } from '@sluice/core/tasks/sandbox-spec.ts';
import type { RunReport } from '../run-to-end.ts';
import type { SandboxLimits } from '../sandbox.ts';
import { noLimits } from './no-limits.ts';

/** What a launcher is asked to run. */
export interface RunAsked {
  readonly limits: SandboxLimits;
  readonly command: readonly [string, ...string[]];
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly input: string;
  readonly timeMs: number;
  readonly outputBytes: number;
  readonly abortAfterMs: number | null;
}

/** A report with its outputs as text, or a refusal. */
export type RunTold =
  | (Omit<RunReport, 'output' | 'errorOutput'> & { readonly output: string; readonly errorOutput: string })
  | { readonly ok: false; readonly refusal: Refusal };

/** Who launches: the user of the tests, or one without rights. */
export type Launcher = 'this user' | 'nobody';

/** What is asked beside the command. */
export type RunMore = Partial<Omit<RunAsked, 'limits' | 'command'>> & {
  readonly limits?: Partial<SandboxLimits>;
};

/** Finds this Node and the system's programs. */
export const PROGRAMS = { PATH: `${dirname(realpathSync(process.execPath))}:/usr/bin:/bin` };
const LAUNCHER = fileURLToPath(new URL('./launcher.ts', import.meta.url));
const NOBODY = 65_534;
/** In the launcher's environment, and nowhere else. */
export const SECRET = 'the-launchers-secret';

/** The launchers that there can be here: root has nobody as well, where nobody can read this clone. */
export function launchers(): { readonly possible: readonly Launcher[]; readonly lacking: string | null } {
  if (process.getuid?.() !== 0) return { possible: ['this user'], lacking: 'only root can try another user' };
  const isOpen =
    pathsTo(LAUNCHER).every(isOpenToAll) && pathsTo(realpathSync(process.execPath)).every(isOpenToAll);
  return isOpen
    ? { possible: ['this user', 'nobody'], lacking: null }
    : { possible: ['this user'], lacking: 'the user nobody cannot read this clone' };
}

function pathsTo(path: string): readonly string[] {
  return path === '/' ? [] : [...pathsTo(dirname(path)), path];
}

function isOpenToAll(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** A folder, a launcher and the runs that it launches, one at a time. */
export class SandboxRig {
  readonly directory: string;
  readonly kind: SandboxKind;
  readonly launcher: Launcher;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string, undefined>;

  constructor(kind: SandboxKind, launcher: Launcher) {
    this.kind = kind;
    this.launcher = launcher;
    this.directory = mkdtempSync(join(tmpdir(), 'sluice-sandbox-'));
    chmodSync(this.directory, 0o755);
    if (launcher === 'nobody') chownSync(this.directory, NOBODY, NOBODY);
    this.#child = spawn(process.execPath, [LAUNCHER], {
      cwd: '/',
      env: { LAUNCHER_SECRET: SECRET, PATH: process.env['PATH'] ?? '' },
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(launcher === 'nobody' ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Whether the launcher is root. */
  get isRoot(): boolean {
    return this.launcher === 'this user' && process.getuid?.() === 0;
  }

  /** Runs a script of Node. */
  node(script: string, more: RunMore = {}): Promise<RunTold> {
    return this.run(['node', '-e', script], more);
  }

  /** Runs a script of the shell. */
  shell(script: string, more: RunMore = {}): Promise<RunTold> {
    return this.run(['/bin/sh', '-c', script], more);
  }

  async run(command: readonly [string, ...string[]], { limits, ...more }: RunMore = {}): Promise<RunTold> {
    const asked: RunAsked = {
      command,
      directory: this.directory,
      variables: PROGRAMS,
      ...{ input: '', timeMs: 15_000, outputBytes: 1024 * 1024, abortAfterMs: null },
      ...more,
      limits: { ...noLimits(this.kind), ...limits },
    };
    this.#child.stdin.write(`${JSON.stringify(asked)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new TypeError('the launcher has ended; its errors stand above');
    return JSON.parse(value) as RunTold;
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    await rm(this.directory, { recursive: true, force: true });
  }
}
