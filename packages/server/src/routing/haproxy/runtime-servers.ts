import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { AdminSocket } from './admin-socket.ts';
import { serverText, type ServerLine } from './render-configuration.ts';

/** Where an instance listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A server's line; the name tells address and protocol, so that a server never changes under its name. */
export function serverLine({ host, port }: Endpoint, protocol: 'http1' | 'h2c'): ServerLine {
  const h2c = protocol === 'h2c';
  return {
    name: `i${host.replaceAll(/[^A-Za-z0-9.]/g, '-')}_${port}${h2c ? '_h2c' : ''}`,
    address: `${host}:${port}`,
    h2c,
  };
}

/** Set by `set server … state maint`; also what a server is in that was added and not yet enabled. */
const FORCED_MAINTENANCE = 0x01;

/**
 * Makes a backend have exactly these servers in service. One that is to go takes nothing new, ends its requests, and is
 * deleted when nothing is left of it.
 * @returns how many servers are still there, wanted or on their way out
 */
export async function reconcileServers(
  admin: AdminSocket,
  backend: string,
  wanted: readonly ServerLine[],
): Promise<number> {
  const present = await presentServers(admin, backend);
  for (const server of wanted) {
    const inService = present.get(server.name);
    if (inService === undefined) await add(admin, backend, server);
    else if (!inService) await enable(admin, `${backend}/${server.name}`);
  }
  const leaving = [...present].filter(([name]) => wanted.every((server) => server.name !== name));
  let left = 0;
  for (const [name, inService] of leaving)
    if (!(await remove(admin, `${backend}/${name}`, inService))) left++;
  return wanted.length + left;
}

/** The servers of a backend by name, each with whether it takes requests. */
async function presentServers(admin: AdminSocket, backend: string): Promise<ReadonlyMap<string, boolean>> {
  const answer = await admin.ask(`show servers state ${backend}`);
  if (!answer.startsWith('1\n# be_id be_name srv_id srv_name'))
    throw refused(`show servers state ${backend}`, answer);
  const rows = answer
    .split('\n')
    .slice(2)
    .map((line) => line.split(' '));
  return new Map(
    rows.map(([, , , name = '', , , state]) => [name, (Number(state) & FORCED_MAINTENANCE) === 0]),
  );
}

async function add(admin: AdminSocket, backend: string, server: ServerLine): Promise<void> {
  const command = `add server ${backend}/${server.name} ${serverText(server)}`;
  const answer = await admin.ask(command);
  if (!answer.includes('registered')) throw refused(command, answer);
  await enable(admin, `${backend}/${server.name}`);
}

async function enable(admin: AdminSocket, server: string): Promise<void> {
  const answer = await admin.ask(`set server ${server} state ready`);
  if (answer !== '') throw refused(`set server ${server} state ready`, answer);
}

async function remove(admin: AdminSocket, server: string, inService: boolean): Promise<boolean> {
  if (inService) await admin.ask(`set server ${server} state maint`);
  // It refuses while the server has a request or an idle connection; the next look tries again.
  return (await admin.ask(`del server ${server}`)).includes('deleted');
}

const refused = (command: string, answer: string): SluiceError =>
  new SluiceError('invalid-reply', `HAProxy refused "${command}": ${answer.slice(0, 300)}`, {
    next: 'retry',
  });
