import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { z } from 'zod';

const hostFile = z.object({ socket: z.string(), pid: z.int() });
/** A host writes its file within a second; a machine that is just starting may take longer. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Finds the control socket of the host that keeps its state in `directory`, waiting for it to come up. */
export async function hostSocket(directory: string, signal: AbortSignal): Promise<string> {
  const path = join(directory, 'host.json');
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    const parsed = hostFile.safeParse(jsonOf(await readFile(path, 'utf8').catch(() => '')));
    if (parsed.success) return parsed.data.socket;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
  throw new SluiceError(
    'timed-out',
    `no host has come up in ${directory} within ${PATIENCE_MS / 1000} s; start one with \`sluice up\`, or name its folder with --host-directory`,
    { next: 'ask-human' },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
