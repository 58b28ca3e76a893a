import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import type { Container } from '../controllers/objects/pod.ts';

/** How a container is asked, with the defaults of Kubernetes filled in. */
export interface Probe {
  /** Null: its port has to accept connections. */
  readonly path: string | null;
  readonly port: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  /** Failures in a row that are put up with but for one. */
  readonly failures: number;
}

interface DeclaredProbe {
  readonly httpGet?: { readonly path?: string; readonly port: number | string };
  readonly tcpSocket?: { readonly port: number | string };
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
}

/** The readiness probe of a container over HTTP or TCP; undefined when it has none, or one of another kind. */
export function readinessProbeOf(container: Container): Probe | undefined {
  const declared = container.readinessProbe as DeclaredProbe | undefined;
  const handler = declared?.httpGet ?? declared?.tcpSocket;
  const port = container.ports?.find(({ name }) => name === handler?.port)?.containerPort ?? handler?.port;
  if (declared === undefined || typeof port !== 'number') return undefined;
  return {
    path: declared.httpGet === undefined ? null : (declared.httpGet.path ?? '/'),
    port,
    periodMs: (declared.periodSeconds ?? 10) * 1000,
    timeoutMs: (declared.timeoutSeconds ?? 1) * 1000,
    failures: declared.failureThreshold ?? 3,
  };
}

/** Really asks: a status from 200 to 399 is good, as is a connection where nothing more is asked. */
export async function answers({ path, port, timeoutMs }: Probe, host: string): Promise<boolean> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    if (path === null) {
      const socket = connect({ host, port, signal });
      await once(socket, 'connect');
      socket.destroy();
      return true;
    }
    const request = get({ host, port, path, signal, agent: false });
    const [response] = (await once(request, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    return response.statusCode >= 200 && response.statusCode < 400;
  } catch {
    return false;
  }
}
