import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ServerAnnouncement } from '@sluice/protocol/process/announcement.ts';
import { databaseUse } from '@sluice/protocol/process/database-use.ts';
import { identifyProcess } from '@sluice/protocol/process/process-identity.ts';
import type { ServerArguments } from './server-arguments.ts';

/**
 * Says in `server.json` who we are, where the API is to be found and which database we use, whole or not at all. It is
 * read by whoever comes after, also when this process has ended, and so it is made durable.
 */
export async function announce(
  { directory, databaseUrl }: Pick<ServerArguments, 'directory' | 'databaseUrl'>,
  apiPort: number,
): Promise<void> {
  const identity = identifyProcess(process.pid);
  if (!identity)
    throw new SluiceError('unsupported', 'The control plane needs /proc mounted.', { next: 'ask-human' });
  const announcement: ServerAnnouncement = {
    ...identity,
    apiPort,
    startedAt: Date.now(),
    database: databaseUse(databaseUrl),
  };
  const path = join(directory, 'server.json');
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(announcement));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
