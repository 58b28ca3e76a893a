import type { JsonObject } from '@sluice/core/kernel/json.ts';

/** A container as its pod declares it, as far as it says when it is ready. */
export type ProbedContainer = {
  readonly name: string;
  readonly startupProbe?: JsonObject;
  readonly readinessProbe?: JsonObject;
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

function askedBy({ httpGet, tcpSocket, grpc, exec }: JsonObject): string {
  if (isObject(httpGet)) return `GET ${String(httpGet['path'] ?? '/')} on port ${String(httpGet['port'])}`;
  if (isObject(tcpSocket)) return `a connection to port ${String(tcpSocket['port'])}`;
  if (isObject(grpc)) return `gRPC health on port ${String(grpc['port'])}`;
  return isObject(exec) ? 'a command in the container' : 'unknown';
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
