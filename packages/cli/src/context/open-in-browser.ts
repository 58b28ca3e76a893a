import { spawn } from 'node:child_process';
import type { World } from '../world.ts';

/**
 * Opens an address in the browser of this machine: the program of `BROWSER`, else whatever the desktop opens addresses with.
 * It does not keep this process alive.
 *
 * @param url must hold no secret: whoever lists the processes of this machine sees it
 * @param failed told why it did not open, where that is known
 */
export function openInBrowser(
  url: string,
  environment: World['environment'],
  failed: (why: string) => void,
): void {
  const program = environment['BROWSER'] || (process.platform === 'darwin' ? 'open' : 'xdg-open');
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.on('error', ({ message }) => failed(message));
  child.on('exit', (code) => {
    if (code !== 0 && code !== null) failed(`${program} ended with ${code}`);
  });
  child.unref();
}
