import { readFile } from 'node:fs/promises';
import { listProcesses } from './process-table.ts';

/** The state of a socket that accepts connections (include/net/tcp_states.h). */
const LISTEN = '0A';

/**
 * Whether a process of another network namespace listens on a port, which nobody outside can connect to: the kernel tells
 * it in the tables of the namespace (proc_net_tcp.rst), for any program in any language.
 * @param leader the process that made the namespace for its child
 * @returns null when it does, otherwise why not, in words
 */
export async function listensInside(leader: number, port: number): Promise<string | null> {
  const inside = await childOf(leader);
  if (inside === undefined) return `port ${port}: the sandbox is not made yet`;
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/${inside}/net/${table}`, 'latin1').catch(() => '')),
  );
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return tables.some((table) => table.split('\n').some((line) => isListening(line, wanted)))
    ? null
    : `port ${port}: nothing listens in the sandbox`;
}

function isListening(line: string, port: string): boolean {
  const [, local = '', , state] = line.trim().split(/\s+/);
  return state === LISTEN && local.endsWith(port);
}

async function childOf(leader: number): Promise<number | undefined> {
  const told = await readFile(`/proc/${leader}/task/${leader}/children`, 'latin1').catch(() => null);
  // Kernels without that file tell it the long way.
  if (told === null) return (await listProcesses()).find(({ parent }) => parent === leader)?.pid;
  const first = told.trim().split(' ')[0];
  return first ? Number(first) : undefined;
}
