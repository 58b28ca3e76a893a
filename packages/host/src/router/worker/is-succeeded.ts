import { readFile } from 'node:fs/promises';
import { isRunning } from '../../supervisor/process-table.ts';
import type { WorkerHome } from '../worker-message.ts';

/**
 * Whether a host process other than a worker's own runs and serves, so that the worker is needed no more. The record is
 * read without its schema: a worker stays small, and what it does not understand tells it nothing.
 */
export async function isSucceeded({
  host,
  recordFile,
}: Pick<WorkerHome, 'host' | 'recordFile'>): Promise<boolean> {
  const record = parse(await readFile(recordFile, 'utf8').catch(() => ''));
  if (record?.serving !== true || record.host === undefined) return false;
  const isOwn = record.host.pid === host.pid && record.host.startTicks === host.startTicks;
  return !isOwn && isRunning(record.host);
}

function parse(text: string): { serving?: boolean; host?: WorkerHome['host'] } | undefined {
  try {
    return JSON.parse(text) as { serving?: boolean; host?: WorkerHome['host'] };
  } catch {
    return undefined;
  }
}
