import { createServer } from 'node:net';
import { type HeldName, holdName } from '../disk/held-name.ts';

/**
 * Claims a port for this host when nothing listens on it and no other host has claimed it; undefined otherwise.
 * The claim covers the time between choosing a port and the moment the instance listens on it. It ends with the
 * host; from then on the instance's own socket guards the port.
 */
export async function claimPort(port: number): Promise<HeldName | undefined> {
  const claim = await claimInUse(port);
  if (!claim || (await isFree(port))) return claim;
  void claim.release();
  return undefined;
}

/** Claims a port that one of our own processes may already listen on; undefined when another host has claimed it. */
export const claimInUse = (port: number): Promise<HeldName | undefined> => holdName(`sluice-port/${port}`);

/** Whether an instance could listen on the port now; a listener on all addresses counts as well. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const trial = createServer();
    trial.once('error', () => resolve(false));
    trial.listen({ port, host: '127.0.0.1', exclusive: true }, () => trial.close(() => resolve(true)));
  });
}
