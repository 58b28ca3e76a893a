import {
  hostStatusSchema,
  trackStatusSchema,
  trafficReplySchema,
} from '@sluice/protocol/host/host-schema.ts';
import { instanceUsageSchema } from '@sluice/protocol/host/pool-schema.ts';
import type {
  HostStatus,
  RevisionOrder,
  SplitOrder,
  TrackStatus,
  TrafficReply,
} from '@sluice/protocol/host/host-schema.ts';
import { type HeadOffer, type Witnessed, witnessedSchema } from '@sluice/protocol/ledger/signed-head.ts';
import type { InstanceUsage, PoolOrder } from '@sluice/protocol/host/pool-schema.ts';
import { SluiceError, type FailureCode, type FailureNext } from '@sluice/core/kernel/failure.ts';
import { Pool } from 'undici';
import { z } from 'zod';
import { heldGeneration } from './held-generation.ts';

const errorBody = z.object({
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }),
});
const tracksBody = z.object({ tracks: z.array(z.string()) });

/** The control plane's side of a host's control API. Replies are parsed; failures are `SluiceError`s. */
export interface HostClient {
  status(): Promise<HostStatus>;
  tracks(): Promise<readonly string[]>;
  /** Null when the host knows nothing of the track. */
  track(track: string): Promise<TrackStatus | null>;
  orderRevision(track: string, revision: string, order: RevisionOrder): Promise<void>;
  orderPool(track: string, revision: string, order: PoolOrder): Promise<void>;
  /** What the processes of each instance use; null when the host knows nothing of the track. */
  usage(track: string, revision: string): Promise<InstanceUsage | null>;
  retireRevision(track: string, revision: string, generation: number): Promise<void>;
  orderSplit(track: string, order: SplitOrder): Promise<void>;
  /** Null when the host knows nothing of the track. */
  traffic(track: string, sinceMs: number, limit: number): Promise<TrafficReply | null>;
  /** Of one instance, or of all with its number before each line. */
  logs(track: string, revision: string, tail: number, instance?: string): Promise<string>;
  /** What the host has witnessed of a tenant's ledger. */
  ledgerHead(tenant: string): Promise<Witnessed>;
  /** Gives the host a head to witness. */
  offerHead(offer: HeadOffer): Promise<Witnessed>;
  shutdown(stopProcesses: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Longest wait for one answer of a host on the same machine, in milliseconds. */
const REPLY_DEADLINE_MS = 10_000;
/** Connections to one host; it answers within milliseconds. */
const CONNECTIONS = 16;

/** Opens a client for the host that listens on a unix socket. Nothing is connected before the first call. */
export function hostClient(socketPath: string): HostClient {
  const pool = new Pool('http://host', {
    connect: { socketPath },
    connections: CONNECTIONS,
    headersTimeout: REPLY_DEADLINE_MS,
    bodyTimeout: REPLY_DEADLINE_MS,
  });
  const call = (method: Method, path: string, body?: unknown): Promise<Reply> =>
    request(pool, { method, path, body });
  const at = (track: string): string => `/v1/tracks/${encodeURIComponent(track)}`;
  return {
    status: async () => parsed(hostStatusSchema, await call('GET', '/v1/host'), 'the status of the host'),
    tracks: async () => parsed(tracksBody, await call('GET', '/v1/tracks'), 'the tracks of the host').tracks,
    track: async (track) => known(trackStatusSchema, await call('GET', at(track)), track),
    orderRevision: async (track, revision, order) => {
      done(await call('PUT', `${at(track)}/revisions/${revision}`, order), `run ${revision}`);
    },
    orderPool: async (track, revision, order) => {
      done(
        await call('PUT', `${at(track)}/revisions/${revision}/pool`, order),
        `change the pool of ${revision}`,
      );
    },
    usage: async (track, revision) =>
      known(instanceUsageSchema, await call('GET', `${at(track)}/revisions/${revision}/usage`), track),
    retireRevision: async (track, revision, generation) => {
      const path = `${at(track)}/revisions/${revision}?generation=${generation}`;
      const reply = await untilDrained(pool, path);
      if (reply && reply.status !== 404) done(reply, `retire ${revision}`);
    },
    orderSplit: async (track, order) => {
      done(await call('PUT', `${at(track)}/split`, order), `split the traffic of ${track}`);
    },
    traffic: async (track, sinceMs, limit) =>
      known(
        trafficReplySchema,
        await call('GET', `${at(track)}/traffic?since=${sinceMs}&limit=${limit}`),
        track,
      ),
    logs: async (track, revision, tail, instance) =>
      done(
        await call(
          'GET',
          `${at(track)}/revisions/${revision}/logs?tail=${tail}${instance === undefined ? '' : `&instance=${encodeURIComponent(instance)}`}`,
        ),
        `read the logs of ${revision}`,
      ).text,
    ledgerHead: async (tenant) =>
      parsed(
        witnessedSchema,
        await call('GET', `/v1/ledger-head?tenant=${encodeURIComponent(tenant)}`),
        'what the host has witnessed',
      ),
    offerHead: async (offer) =>
      parsed(witnessedSchema, await call('PUT', '/v1/ledger-head', offer), 'what the host has witnessed'),
    shutdown: async (stopProcesses) => {
      done(await call('POST', '/v1/shutdown', { stopProcesses }), 'shut the host down');
    },
    close: () => pool.destroy(),
  };
}

/** A host answers a retirement when the last request is done, which may take its time; it is seen when it is. */
const RETIREMENT_WAIT_MS = 2000;

/** Gives a retirement; undefined when it is not over within the wait. The host goes on, whoever listens. */
async function untilDrained(pool: Pool, path: string): Promise<Reply | undefined> {
  const patience = AbortSignal.timeout(RETIREMENT_WAIT_MS);
  try {
    return await request(pool, { method: 'DELETE', path, signal: patience });
  } catch (thrown) {
    if (patience.aborted) return undefined;
    throw thrown;
  }
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

interface Reply {
  readonly status: number;
  readonly text: string;
}

interface Call {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

async function request(pool: Pool, { method, path, body, signal }: Call): Promise<Reply> {
  const attempted = `${method} ${path} on the host`;
  try {
    const reply = await pool.request({
      method,
      path,
      ...(signal ? { signal } : {}),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: reply.statusCode, text: await reply.body.text() };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new SluiceError('unreachable', `${attempted} got no answer: ${reason}`, {
      next: 'retry',
      cause: thrown,
    });
  }
}

function done(reply: Reply, attempted: string): Reply {
  if (reply.status < 300) return reply;
  throw refusal(reply, attempted);
}

function refusal(reply: Reply, attempted: string): SluiceError {
  const parsed = errorBody.safeParse(jsonOf(reply.text));
  const words = parsed.success
    ? [parsed.data.error.message, parsed.data.error.remedy].filter(Boolean).join(' ')
    : `status ${reply.status}`;
  const [code, next]: [FailureCode, FailureNext] =
    reply.status === 409
      ? ['refused-as-stale', 'retry']
      : reply.status === 404
        ? ['not-found', 'stop']
        : ['invalid-input', 'retry'];
  const held = parsed.success ? heldGeneration(parsed.data.error) : undefined;
  const cause = held === undefined ? {} : { cause: held };
  return new SluiceError(code, `the host refused to ${attempted}: ${words}`, { next, ...cause });
}

function known<Value>(schema: z.ZodType<Value>, reply: Reply, track: string): Value | null {
  return reply.status === 404 ? null : parsed(schema, reply, `the host's word on ${track}`);
}

function parsed<Value>(schema: z.ZodType<Value>, reply: Reply, what: string): Value {
  const result = schema.safeParse(jsonOf(done(reply, `tell ${what}`).text));
  if (result.success) return result.data;
  throw new SluiceError('invalid-reply', `${what} could not be read: ${z.prettifyError(result.error)}`, {
    next: 'stop',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
