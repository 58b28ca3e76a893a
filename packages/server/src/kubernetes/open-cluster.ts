import type { Logger } from 'pino';
import type { ClusterClient } from './cluster-client.ts';
import type { ApiCallCount } from './connection/api-request.ts';
import { ClusterConnection } from './connection/cluster-connection.ts';
import { type PatientCalls, patientCalls } from './connection/patient-calls.ts';
import type { ClusterCredentials } from './credentials/cluster-credentials.ts';
import { openAccess } from './credentials/open-access.ts';
import { MIRROR_PACE, type MirrorPace } from './mirror/mirror-pace.ts';
import { SharedMirrors } from './mirror/shared-mirrors.ts';
import { DROPPED_ANNOTATIONS, slimObject } from './mirror/slim-object.ts';
import { watchListSupport } from './mirror/watch-list-support.ts';
import { openWatch } from './mirror/watch-stream.ts';
import { type KindDiscovery, kindDiscovery } from './objects/kind-discovery.ts';
import { objectCalls } from './objects/object-calls.ts';
import { objectPages } from './objects/object-pages.ts';
import { podCalls } from './objects/pod-calls.ts';
import { ownIdentity } from './permissions/own-identity.ts';

/** A cluster and how to deal with it. */
export interface ClusterOptions {
  /** The name under which it is registered, for messages. */
  readonly name: string;
  readonly credentials: ClusterCredentials;
  readonly log: Pick<Logger, 'debug' | 'warn' | 'error'>;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Told each request that was answered or not. */
  readonly onCall?: (count: ApiCallCount) => void;
  /** How long one try of a request may take, in ms; 30 s where nothing is said. */
  readonly requestTimeoutMs?: number;
  /** Annotations that mirrors do not hold; `kubectl`'s copy of the object where nothing is said. */
  readonly droppedAnnotations?: readonly string[];
  readonly mirrorPace?: MirrorPace;
  /** False: copies are read by lists, even where the server could send them with the watch. */
  readonly watchLists?: boolean;
  /** Objects in a page of a list; 500 where nothing is said. */
  readonly pageSize?: number;
}

/** A slow answer is one that takes longer than any that the API server itself gives up, in ms. */
const defaultTimeoutMs = 30_000;

/**
 * Opens the client of a cluster. Nothing is asked of the cluster yet, so that one that is away does not keep Sluice from
 * starting; rejects with a `SluiceError` where the credentials cannot be read or name no server.
 */
export async function openCluster(options: ClusterOptions): Promise<ClusterClient> {
  const now = options.now ?? Date.now;
  const access = await openAccess(options.credentials, now);
  const connection = new ClusterConnection({
    name: options.name,
    access,
    requestTimeoutMs: options.requestTimeoutMs ?? defaultTimeoutMs,
    onCall: options.onCall ?? (() => undefined),
    now,
  });
  const calls = patientCalls(connection);
  const attempt = (action: string) => connection.attempt(action);
  const kinds = kindDiscovery(calls, { now, attempt });
  const list = objectPages(calls, kinds, options.pageSize);
  const mirrors = mirrorsOf(options, { connection, calls, kinds });
  return {
    name: options.name,
    runsInside: options.credentials.kind === 'in-cluster',
    ...objectCalls({ calls, kinds, attempt }),
    ...podCalls(calls, attempt),
    ...ownIdentity(calls),
    list: async (selection) => (await list(selection)).objects,
    mirror: (selection) => mirrors.use(selection),
    serves: async (apiVersion, kind) => (await kinds.find(apiVersion, kind)) !== undefined,
    close: async () => {
      mirrors.close();
      calls.close();
      await connection.close();
    },
  };
}

function mirrorsOf(
  options: ClusterOptions,
  { connection, calls, kinds }: { connection: ClusterConnection; calls: PatientCalls; kinds: KindDiscovery },
): SharedMirrors {
  const random = options.random ?? Math.random;
  return new SharedMirrors({
    list: objectPages(calls, kinds, options.pageSize),
    watch: (selection, start) => openWatch({ connection, kinds, random }, selection, start),
    watchLists: watchListSupport(options.watchLists ?? true),
    slim: slimObject(options.droppedAnnotations ?? DROPPED_ANNOTATIONS),
    pace: options.mirrorPace ?? MIRROR_PACE,
    now: options.now ?? Date.now,
    random,
    log: (level, message, fields) => options.log[level]({ cluster: options.name, ...fields }, message),
  });
}
