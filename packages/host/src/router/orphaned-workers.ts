/**
 * What becomes of router workers when the host process dies: they serve on with their last tables, also new
 * connections, since each has its listening socket. The next host process opens sockets of its own on the same port,
 * starts its workers, and then tells the orphans to stop; they end their requests and leave. However late it comes, it
 * finds the port served: the processes of the revisions outlive the host, and so does the door to them. Only when every
 * instance is gone, for `orphanMs`, do orphans stop by themselves, so that none stays behind for ever.
 *
 * Lost when the host process dies: nothing of the requests, unless an orphan is still finishing one when the next
 * supervisor stops the instance that serves it (`inFlight` does not see orphans). Changes of readiness do not reach
 * orphans: an instance that ended is passed over, and is not started again. Counts of the last 30 s and of the orphaned
 * time (its last 15 minutes) are handed on in a file, and the next host process calls no second complete before it has
 * them; older ones that nobody had read are lost.
 */
import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { armSecondSchema } from '@sluice/protocol/host/host-schema.ts';
import { writeAtomically } from '../disk/write-atomically.ts';
import { isRunning, readProcess } from '../supervisor/process-table.ts';
import type { FinishedSecond } from './worker-message.ts';

/** How often an orphan that was told to stop is looked at. */
const POLL_MS = 50;

const processSchema = z.strictObject({ pid: z.int().positive(), startTicks: z.number() });
const recordSchema = z.strictObject({
  host: processSchema,
  workers: z.array(processSchema),
  spoolFiles: z.array(z.string()),
  /** Every port has had a worker of this host process that takes connections. */
  serving: z.boolean().default(false),
});

const secondSchema = z.strictObject({
  kind: z.literal('second'),
  at: z.number(),
  completeUntil: z.number(),
  arms: z.array(z.tuple([z.string(), z.string(), armSecondSchema])),
  refused: z.int(),
  unmirrored: z.int(),
});

/** Which processes serve the router of one state file; kept on disk for the host process that comes after a crash. */
export type WorkerRecord = z.infer<typeof recordSchema>;

/**
 * Names this process as a record does: with its start time, so that no later one is taken for it.
 * @throws SluiceError `unsupported` where there is no /proc
 */
export function thisProcess(): WorkerRecord['host'] {
  const identity = identityOf(process.pid);
  if (identity === undefined)
    throw new SluiceError('unsupported', 'the router needs /proc mounted', { next: 'ask-human' });
  return identity;
}

/**
 * Writes down who serves now, with the workers of an earlier host process that have not ended yet: this one may be
 * killed before it has told them to stop. Processes that have just ended are left out.
 */
export async function writeRecord(
  path: string,
  now: {
    readonly pids: readonly number[];
    readonly earlier: WorkerRecord['workers'];
    readonly spoolFiles: readonly string[];
    readonly serving: boolean;
  },
): Promise<void> {
  const { serving, spoolFiles } = now;
  const left = now.earlier.filter((worker) => isRunning(worker));
  const workers = [...now.pids.flatMap((pid) => identityOf(pid) ?? []), ...left];
  const record: WorkerRecord = { host: thisProcess(), workers, spoolFiles: [...spoolFiles], serving };
  await writeAtomically(path, `${JSON.stringify(record)}\n`);
}

/** Puts back the record of an earlier host process whose workers serve on; removes it when none does. */
export async function restoreRecord(path: string, before: WorkerRecord | undefined): Promise<void> {
  if (before === undefined || orphansOf(before).length === 0) await rm(path, { force: true });
  else await writeAtomically(path, `${JSON.stringify(before)}\n`);
}

/**
 * Reads who served before; undefined when nobody did, or when the record is of no use.
 * @throws SluiceError `conflict` when that host process still runs
 */
export async function readRecord(path: string): Promise<WorkerRecord | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const record = recordSchema.safeParse(parseJson(text));
  if (!record.success) return undefined;
  if (isRunning(record.data.host))
    throw new SluiceError(
      'conflict',
      `the router state beside ${path} is in use by the host process ${record.data.host.pid}; stop it first`,
      { next: 'ask-human' },
    );
  return record.data;
}

/** The workers of a record that still run. */
export const orphansOf = (record: WorkerRecord | undefined): WorkerRecord['workers'] =>
  record?.workers.filter((worker) => isRunning(worker)) ?? [];

/**
 * Tells orphans to stop, and hands over what they counted once they have ended. What cannot be read or removed is
 * left behind: the counts of a crash are not worth another one.
 */
export async function relieveOrphans(
  record: WorkerRecord,
  onSecond: (second: FinishedSecond) => void,
  signal: AbortSignal,
): Promise<void> {
  const orphans = orphansOf(record);
  for (const { pid } of orphans) terminate(pid);
  await allEnded(orphans, signal);
  if (signal.aborted) return;
  for (const path of record.spoolFiles) {
    for (const second of await readSpool(path)) onSecond(second);
    await rm(path, { force: true }).catch(() => undefined);
  }
}

function allEnded(orphans: WorkerRecord['workers'], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(look, POLL_MS);
    timer.unref();
    function look(): void {
      if (!signal.aborted && orphans.some((worker) => isRunning(worker))) return;
      clearInterval(timer);
      resolve();
    }
    look();
  });
}

async function readSpool(path: string): Promise<FinishedSecond[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const second = secondSchema.safeParse(parseJson(line));
    return second.success ? [second.data] : [];
  });
}

function identityOf(pid: number): WorkerRecord['host'] | undefined {
  const entry = readProcess(pid);
  return entry && { pid, startTicks: entry.startTicks };
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It ended between the look and the signal.
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
