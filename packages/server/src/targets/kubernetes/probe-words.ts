/** What a probe asks. */
type Probe = {
  readonly httpGet?: { readonly path?: string; readonly port: number | string };
  readonly tcpSocket?: { readonly port: number | string };
  readonly grpc?: { readonly port: number };
  readonly exec?: { readonly command?: readonly string[] };
};

/** A container as its pod declares it, as far as it says when it is ready. */
export type ProbedContainer = {
  readonly name: string;
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
};

/** What is known of a container that runs and is not ready. */
export interface UnreadyContainer {
  readonly name: string;
  readonly started?: boolean;
}

/**
 * Which probe a container waits for, in words: the one for its start until it has started, then the one for its readiness.
 * Null where it declares none. What the probe was answered stands in events of the pod, which are not read.
 */
export function probeWords({ name, started }: UnreadyContainer, declared: ProbedContainer): string | null {
  const isStarting = started === false && declared.startupProbe !== undefined;
  const probe = isStarting ? declared.startupProbe : declared.readinessProbe;
  if (probe === undefined) return null;
  const kind = isStarting ? 'startup' : 'readiness';
  return `the ${kind} probe of container ${name} does not succeed (${askedBy(probe)})`;
}

function askedBy({ httpGet, tcpSocket, grpc }: Probe): string {
  if (httpGet) return `GET ${httpGet.path ?? '/'} on port ${httpGet.port}`;
  if (tcpSocket) return `a connection to port ${tcpSocket.port}`;
  return grpc ? `gRPC health on port ${grpc.port}` : 'a command in the container';
}
