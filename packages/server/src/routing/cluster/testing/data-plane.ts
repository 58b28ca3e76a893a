import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { vi } from 'vitest';
import type { ClusterClient } from '../../../kubernetes/cluster-client.ts';
import { SPLIT_GENERATION_ANNOTATION } from '../split-marks.ts';
import type { AskedRequest, Decision } from './decision.ts';

/** For tests: a proxy that does what a route in a cluster says, with real requests. */
export interface DataPlane {
  readonly origin: string;
  /** Resolves when it has the route of this generation. */
  has(generation: number): Promise<void>;
  close(): Promise<void>;
}

/** For tests: what a data plane reads and where it sends requests. */
export interface DataPlaneParts {
  readonly client: ClusterClient;
  readonly reference: ObjectReference & { readonly namespace: string };
  readonly decide: (spec: JsonObject, request: AskedRequest) => Decision | null;
  /** The address of a Service, `http://host:port`. */
  readonly addressOf: (service: string) => string | undefined;
}

/** For tests: starts a data plane on a free port. */
export async function startDataPlane({
  client,
  reference,
  decide,
  addressOf,
}: DataPlaneParts): Promise<DataPlane> {
  const { apiVersion, kind, namespace, name } = reference;
  const { mirror, release } = client.mirror({ apiVersion, kind, namespace });
  await mirror.synced;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const spec = mirror.get(namespace, name)?.spec;
    const decision = spec === undefined ? null : decide(spec, asked(request));
    if (decision === null) return void response.writeHead(404).end();
    const headers = new Headers(Object.entries(asked(request).headers).filter(([key]) => !HOP.has(key)));
    for (const copy of decision.copies)
      void fetch(`${addressOf(copy)}${request.url}`, { headers }).catch(() => undefined);
    const address = decision.service === null ? undefined : addressOf(decision.service);
    if (address === undefined) return void response.writeHead(503).end();
    const told = await fetch(`${address}${request.url}`, { headers });
    response.writeHead(told.status).end(await told.text());
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => response.writeHead(502).end(String(thrown)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    has: (generation) =>
      vi.waitUntil(
        () => {
          const annotations = mirror.get(namespace, name)?.metadata.annotations;
          return annotations?.[SPLIT_GENERATION_ANNOTATION] === String(generation);
        },
        { timeout: 10_000, interval: 10 },
      ) as Promise<unknown> as Promise<void>,
    close: async () => {
      release();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const HOP: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

const asked = ({ url = '/', headers }: IncomingMessage): AskedRequest => ({
  host: headers.host ?? '',
  path: url.split('?')[0] ?? '/',
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
});
