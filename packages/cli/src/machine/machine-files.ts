import { join } from 'node:path';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const identity = z.object({ pid: z.int(), startedTicks: z.string() });
const machineSchema = z.object({
  host: identity,
  routerPort: z.int(),
  /** Null while only the host has come up. */
  plane: z.object({ server: identity, apiPort: z.int() }).nullable(),
});

/** What runs on this machine from one directory. */
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

/** What was recorded when the machine came up; undefined when nothing was, or it cannot be read. */
export async function readMachine(directory: string): Promise<MachineRecord | undefined> {
  const parsed = machineSchema.safeParse(await readJson(machineFiles(directory).record));
  return parsed.success ? parsed.data : undefined;
}

/** Records what runs, whole or not at all. */
export async function writeMachine(directory: string, record: MachineRecord): Promise<void> {
  const path = machineFiles(directory).record;
  await writeFile(`${path}.new`, JSON.stringify(record));
  await rename(`${path}.new`, path);
}

/** A file's JSON; undefined when it is not there or not whole. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
