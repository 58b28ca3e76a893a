import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import type { Sandbox, SandboxOrder } from './sandbox.ts';
import { spawnSandboxed } from './spawn-sandboxed.ts';

/** How a run is bounded, and what it is given. */
export interface RunBounds {
  /** Given on standard input; nothing when it is empty. */
  readonly input: string | Uint8Array;
  /** How long it may take, in ms. */
  readonly timeMs: number;
  /** How much it may print, on each of its two outputs, in bytes; one that prints more is ended. */
  readonly outputBytes: number;
  /** Ends it at once. */
  readonly signal: AbortSignal | null;
}

/** How a run came to its end. */
export interface RunReport {
  /** What ended it: it did so by itself, or a bound was reached. */
  readonly ended: 'itself' | 'time' | 'output' | 'memory' | 'aborted';
  /** Null when a signal ended it. In bubblewrap a program that a signal ended has 128 and the signal's number. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: Buffer;
  readonly errorOutput: Buffer;
  readonly elapsedMs: number;
}

/** How long the outputs may take to close once everything has ended, in ms. */
const LAST_WORDS_MS = 1000;

/** Runs something in a sandbox until it has ended, and with it everything that it started. */
export async function runToEnd(
  sandbox: Sandbox,
  order: SandboxOrder,
  bounds: RunBounds,
): Promise<Result<RunReport>> {
  const prepared = await sandbox.prepare(order);
  if (!prepared.ok) return prepared;
  const startedMs = performance.now();
  const child = spawnSandboxed(prepared.value, ['pipe', 'pipe', 'pipe']);
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    await sandbox.finish(order.name);
    return refuse(
      'sandbox-failed',
      `The sandbox could not be started in ${order.directory} (${error.message}).`,
      'Check that the folder and the program exist, and that the machine has processes and memory left.',
    );
  }
  const watched = await watch(child, bounds);
  killGroup(child);
  const { outOfMemory } = await sandbox.finish(order.name);
  await Promise.race([watched.closed, wait(LAST_WORDS_MS, undefined, { ref: false })]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  const { exitCode, signalCode: signal } = child;
  const ended = outOfMemory && watched.ended === 'itself' ? 'memory' : watched.ended;
  const { output, errorOutput } = watched;
  return ok({
    ...{ ended, exitCode, signal, elapsedMs: performance.now() - startedMs },
    ...{ output: output(), errorOutput: errorOutput() },
  });
}

interface Watched {
  readonly ended: RunReport['ended'];
  readonly output: () => Buffer;
  readonly errorOutput: () => Buffer;
  /** Resolves when both outputs are closed. */
  readonly closed: Promise<unknown>;
}

/** Resolves when the leader has ended, because it wanted to or had to. */
async function watch(child: ChildProcess, bounds: RunBounds): Promise<Watched> {
  const over = Promise.withResolvers<RunReport['ended']>();
  const closed = new Promise((resolve) => child.once('close', resolve));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const aborted = (): void => over.resolve('aborted');
  const timer = setTimeout(() => over.resolve('time'), bounds.timeMs);
  bounds.signal?.addEventListener('abort', aborted, { once: true });
  if (bounds.signal?.aborted) aborted();
  const tooMuch = (): void => over.resolve('output');
  const output = collect(child.stdout, bounds.outputBytes, tooMuch);
  const errorOutput = collect(child.stderr, bounds.outputBytes, tooMuch);
  // Whoever does not read its input breaks the pipe.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(bounds.input);
  const ended = await Promise.race([exited.then(() => 'itself' as const), over.promise]);
  clearTimeout(timer);
  bounds.signal?.removeEventListener('abort', aborted);
  if (ended !== 'itself') {
    killGroup(child);
    await exited;
  }
  return { ended, output, errorOutput, closed };
}

function collect(stream: ChildProcess['stdout'], mostBytes: number, tooMuch: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('error', () => undefined);
  stream?.on('data', (chunk: Buffer) => {
    if (size < mostBytes) chunks.push(chunk.subarray(0, mostBytes - size));
    size += chunk.length;
    if (size > mostBytes) tooMuch();
  });
  return () => Buffer.concat(chunks);
}

/** The group has the leader's number, and keeps it from being given again as long as it has members. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined || pid <= 1) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
