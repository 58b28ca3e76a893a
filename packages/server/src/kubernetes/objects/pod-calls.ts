import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ClusterClient, PodReply, PodRequest } from '../cluster-client.ts';
import type { PatientCalls } from '../connection/patient-calls.ts';
import { readStatus } from '../failures/api-status.ts';
import { type Attempt, refusalFailure } from '../failures/refusal-failure.ts';

/** Longest part of a log or of a pod's answer that is read, in bytes. */
const mostPodBytes = 1024 * 1024;

/** What the API server gets on top of the time that a pod has to answer, in ms. */
const proxyGraceMs = 2_000;

/** The part of a client that speaks to pods through the API server. */
export function podCalls(
  calls: PatientCalls,
  attempt: (action: string) => Attempt,
): Pick<ClusterClient, 'logs' | 'proxyGet'> {
  return {
    logs: async (namespace, pod, lines, container) => {
      const action = `read the log of Pod ${namespace}/${pod}`;
      const reply = await calls.reply({
        verb: 'logs',
        kind: 'Pod',
        action,
        method: 'GET',
        path: `${podPath(namespace, pod)}/log`,
        query: {
          tailLines: String(lines),
          limitBytes: String(mostPodBytes),
          ...(container === undefined ? {} : { container }),
        },
        longestReplyBytes: 2 * mostPodBytes,
      });
      if (reply.status === 200) return reply.text;
      throw refusalFailure(readStatus(reply.status, reply.text, reply.retryAfter), attempt(action));
    },
    proxyGet: (request) => proxyGet(calls, attempt, request),
  };
}

async function proxyGet(
  calls: PatientCalls,
  attempt: (action: string) => Attempt,
  { namespace, pod, port, path, timeoutMs }: PodRequest,
): Promise<PodReply> {
  const action = `ask Pod ${namespace}/${pod} for ${path} on port ${port}`;
  const reply = await calls.reply({
    verb: 'proxy',
    kind: 'Pod',
    action,
    method: 'GET',
    path: `${podPath(namespace, pod)}:${port}/proxy${path.startsWith('/') ? path : `/${path}`}`,
    timeoutMs: timeoutMs + proxyGraceMs,
    longestReplyBytes: mostPodBytes,
    mayBeCut: true,
  });
  const status = readStatus(reply.status, reply.text, reply.retryAfter);
  if (status.reason === '' || reply.status < 400) return { status: reply.status, body: reply.text };
  // A Status comes from the API server: the pod itself was not reached.
  if (reply.status !== 503) throw refusalFailure(status, attempt(action));
  const { cluster } = attempt(action);
  const message = `${action} in cluster ${cluster}: the API server does not reach the pod: ${status.message}; look whether it listens on that port and a NetworkPolicy lets the API server in`;
  throw new SluiceError('unreachable', message, { next: 'retry' });
}

function podPath(namespace: string, pod: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`;
}
