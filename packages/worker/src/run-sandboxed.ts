import { randomUUID } from 'node:crypto';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { SandboxKind } from '@sluice/core/tasks/sandbox-spec.ts';
import { openSandboxes } from '@sluice/sandbox/open-sandboxes.ts';
import { runToEnd, type RunReport } from '@sluice/sandbox/run-to-end.ts';
import type { SandboxLimits } from '@sluice/sandbox/sandbox.ts';

/** What something that a worker runs is kept to. A limit that cannot be kept here makes the call fail. */
export interface SandboxedRun extends Partial<Omit<SandboxLimits, 'kind'>> {
  /** `bubblewrap` when it is left out. */
  readonly kind?: SandboxKind;
  /** Given on standard input. */
  readonly input?: string | Uint8Array;
  /** Where it starts; this process's folder when it is left out. In bubblewrap it can be read only. */
  readonly directory?: string;
  /** Its whole environment; only PATH, as it is here, when it is left out. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long it may take, in ms; a minute when it is left out. */
  readonly timeMs?: number;
  /** How much it may print on each of its outputs, in bytes; 1 MiB when it is left out. */
  readonly outputBytes?: number;
  /** Ends it; the signal that a handler gets is what belongs here. */
  readonly signal?: AbortSignal;
}

/** How it came to its end. */
export interface SandboxedResult extends Omit<RunReport, 'output' | 'errorOutput' | 'ended'> {
  /** What ended it: it did so by itself, or it reached the bound of this name. */
  readonly ended: 'itself' | 'time' | 'output' | 'memory';
  readonly output: string;
  readonly errorOutput: string;
  /** What it printed, as it is. */
  readonly bytes: Buffer;
}

const MEBIBYTE = 1024 * 1024;
const DEFAULTS = {
  ...{ readable: [], writable: [], scratchBytes: 64 * MEBIBYTE, memoryPerProcessBytes: 1024 * MEBIBYTE },
  ...{ memoryBytes: 0, cpuMillis: 0, cpuTimeMs: 0, processes: 0, openFiles: 0, fileBytes: 0 },
};
const TIME_MS = 60_000;
/** In the environment of everything that runs in a sandbox of bubblewrap. */
const INSIDE = 'SLUICE_SANDBOX';

const sandboxes = openSandboxes();

/**
 * Runs a program in a sandbox until it has ended, and with it all that it started: for tools, and for code that a model
 * wrote. Without more it has no network, reads the system's programs and its folder, writes only to /tmp, and has a minute,
 * 1 GiB per process (of which Node sets half aside before it begins) and 1 MiB of output.
 * @throws SluiceError `unsupported` when this machine cannot keep what was asked for; the signal's reason when it is aborted
 */
export async function runSandboxed(
  command: readonly [string, ...string[]],
  options: SandboxedRun = {},
): Promise<SandboxedResult> {
  const { signal, timeMs = TIME_MS, outputBytes = MEBIBYTE, input = '' } = options;
  signal?.throwIfAborted();
  const limits = limitsOf(options);
  if (limits.kind === 'bubblewrap' && process.env[INSIDE] !== undefined) throw cannotNest();
  const order = {
    ...{ command, limits, directory: options.directory ?? process.cwd() },
    variables: options.environment ?? { PATH: process.env['PATH'] ?? '' },
    ...{ name: `worker/${randomUUID()}`, marks: {}, diesWithLauncher: true, doors: [] },
  };
  const bounds = { input, timeMs, outputBytes, signal: signal ?? null };
  const ran = await runToEnd(await sandboxes(limits.kind), order, bounds);
  if (!ran.ok) throw unsupported(`${ran.refusal.message} ${ran.refusal.remedy}`);
  const { ended, output, errorOutput, ...rest } = ran.value;
  if (ended === 'aborted') throw signal?.reason;
  return { ...rest, ended, output: String(output), errorOutput: String(errorOutput), bytes: output };
}

/** Everything that was left out, and nothing that is not a limit. */
function limitsOf({ kind = 'bubblewrap', ...options }: SandboxedRun): SandboxLimits {
  const { readable, writable, scratchBytes, memoryPerProcessBytes, memoryBytes, cpuMillis } = {
    ...DEFAULTS,
    ...options,
  };
  const { cpuTimeMs, processes, openFiles, fileBytes } = { ...DEFAULTS, ...options };
  const network = options.network ?? (kind === 'plain' ? 'host' : 'none');
  return {
    ...{ kind, network, readable, writable, scratchBytes, memoryPerProcessBytes, memoryBytes, cpuMillis },
    ...{ cpuTimeMs, processes, openFiles, fileBytes },
  };
}

const cannotNest = (): SluiceError =>
  unsupported(
    'This worker runs in a sandbox of bubblewrap itself, in which no further one can be made. ' +
      "Use kind: 'plain' for what it runs, which is inside all the same, or take agents.sandbox away.",
  );

const unsupported = (message: string): SluiceError =>
  new SluiceError('unsupported', message, { next: 'ask-human' });
