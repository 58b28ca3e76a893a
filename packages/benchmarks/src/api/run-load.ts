import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Load, LoadRound } from './load.ts';

const script = fileURLToPath(new URL('load-process.ts', import.meta.url));

/**
 * Lets a process of its own ask, so that it does not share its event loop with anything that is measured.
 * @throws SluiceError when it does not come to its end
 */
export async function runLoad(load: Load): Promise<readonly LoadRound[]> {
  const node = ['--disable-warning=ExperimentalWarning', script, JSON.stringify(load)];
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const printed = child.stdout ? await text(child.stdout) : '';
  const [code] = await exited;
  if (code !== 0)
    throw new SluiceError('unexpected', `the load process of ${load.operation} ended with ${String(code)}`, {
      next: 'stop',
    });
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LoadRound);
}
