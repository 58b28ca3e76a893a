import { connect as connectH2 } from 'node:http2';
import { request } from 'node:http';
import { connect } from 'node:net';
import { listensInside } from './listens-inside.ts';

/** What a probe asks of an instance. */
export interface Probe {
  /** HTTP path that answers 2xx; null asks only whether the port accepts a connection. */
  readonly path: string | null;
  readonly port: number;
  readonly timeoutMs: number;
  /** The process whose child has a network of its own, where nobody connects; left out for the machine's network. */
  readonly cutOff?: number | undefined;
}

/** Asks an instance once whether it is ready; null when it is, otherwise why not, in words. */
export function probeHealth(probe: Probe, signal: AbortSignal): Promise<string | null> {
  if (probe.cutOff !== undefined) return listensInside(probe.cutOff, probe.port);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(probe.timeoutMs)]);
  const late = `no answer within ${probe.timeoutMs}ms`;
  const asked = probe.path === null ? connects(probe, limited) : answers(probe, probe.path, limited);
  return asked.catch((error: NodeJS.ErrnoException) =>
    limited.aborted ? late : `port ${probe.port}: ${inWords(error)}`,
  );
}

/** HTTP/1.1, and h2c when the instance speaks only that: then its first bytes are no HTTP/1.1 answer. */
async function answers(probe: Probe, path: string, signal: AbortSignal): Promise<string | null> {
  const status = await statusOf(probe.port, path, signal).catch((error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith('HPE_')) return statusOverH2c(probe.port, path, signal);
    throw error;
  });
  return status >= 200 && status < 300 ? null : `GET ${path} answers ${status}`;
}

function statusOf(port: number, path: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'sluice-host', connection: 'close' };
    const asking = request({ host: '127.0.0.1', port, path, headers, agent: false, signal }, (answer) => {
      resolve(answer.statusCode ?? 0);
      // The body is of no interest and may be endless.
      answer.on('error', () => undefined);
      answer.destroy();
    });
    asking.on('error', reject);
    asking.end();
  });
}

function statusOverH2c(port: number, path: string, signal: AbortSignal): Promise<number> {
  const session = connectH2(`http://127.0.0.1:${port}`);
  const asked = new Promise<number>((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({ ':path': path, 'user-agent': 'sluice-host' }, { signal });
    stream.on('error', reject);
    stream.on('response', (headers) => resolve(headers[':status'] ?? 0));
  });
  return asked.finally(() => session.destroy());
}

function connects(probe: Probe, signal: AbortSignal): Promise<null> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: probe.port, signal });
    socket.on('error', reject);
    socket.on('connect', () => {
      socket.destroy();
      resolve(null);
    });
  });
}

function inWords(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'nothing listens';
  if (error.code === 'ECONNRESET') return 'the connection was closed without an answer';
  return error.code ?? error.message;
}
