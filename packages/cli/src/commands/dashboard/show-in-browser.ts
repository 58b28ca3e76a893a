/**
 * Purpose: a browser is led to a link that holds a secret.
 *
 * 1. The secret stands in no command line, which everybody on the machine can read: the browser is given a loopback address
 * that leads on. 2. That address leads on once, and to nobody who does not know its random path.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openInBrowser } from '../../context/open-in-browser.ts';
import type { World } from '../../world.ts';

/** A browser that has to be started first has come by then, in ms. */
const PATIENCE_MS = 30_000;

/** Shows a link in the browser of this machine; gives null, or why no browser came for it. */
export function showInBrowser(
  link: string,
  environment: World['environment'],
  patienceMs = PATIENCE_MS,
): Promise<string | null> {
  const path = `/${randomBytes(24).toString('base64url')}`;
  return new Promise((resolve) => {
    let isGiven = false;
    const server = createServer((request, response) => {
      const isMeant = request.method === 'GET' && request.url === path && !isGiven;
      isGiven ||= isMeant;
      const always = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', connection: 'close' };
      response.writeHead(isMeant ? 303 : 404, isMeant ? { ...always, location: link } : always);
      response.end(() => isMeant && finish(null));
    });
    const timer = setTimeout(() => finish(`none came within ${patienceMs / 1000} s`), patienceMs);
    const finish = (trouble: string | null): void => {
      clearTimeout(timer);
      server.close();
      server.closeIdleConnections();
      resolve(trouble);
    };
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      openInBrowser(`http://127.0.0.1:${port}${path}`, environment, (why) => isGiven || finish(why));
    });
  });
}
