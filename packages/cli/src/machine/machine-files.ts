import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processIdentitySchema } from '@sluice/protocol/process/process-identity.ts';
import { z } from 'zod';

const port = z.int().nullable();
const machineSchema = z.object({
  /** Null before the first host was started. */
  host: processIdentitySchema.nullable(),
  /** Where the router was last; null while no host has said. */
  routerPort: port,
  routerWorkers: z.int().nullable(),
  /** Null before the first control plane was started. */
  plane: z.object({ server: processIdentitySchema, apiPort: port }).nullable(),
  /** What of private networks the control plane may call; null: nothing. */
  allowOutgoing: z.string().nullable().default(null),
});

/** What `up` has started from one directory, running or not. */
export type MachineRecord = z.infer<typeof machineSchema>;

/** Where things lie in the directory of a machine. */
export const machineFiles = (directory: string) => ({
  record: join(directory, 'up.json'),
  hostDirectory: join(directory, 'host'),
  hostFile: join(directory, 'host', 'host.json'),
  hostLog: join(directory, 'host.log'),
  serverFile: join(directory, 'server.json'),
  serverLog: join(directory, 'server.log'),
  postgresDirectory: join(directory, 'postgres'),
});

/** What was recorded when processes were started; undefined when nothing was, or it cannot be read. */
export async function readMachine(directory: string): Promise<MachineRecord | undefined> {
  const parsed = machineSchema.safeParse(await readJson(machineFiles(directory).record));
  return parsed.success ? parsed.data : undefined;
}

/**
 * Records what was started, whole or not at all. Synchronous: between the start of a process and this there is no turn
 * of the event loop in which we could be killed. What a power failure takes of it was about processes that it took too.
 */
export function writeMachine(directory: string, record: MachineRecord): void {
  const path = machineFiles(directory).record;
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, JSON.stringify(record));
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}

/** A file's JSON; undefined when it is not there or not whole. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
