/**
 * Purpose: the clusters that people have registered, kept in PostgreSQL.
 *
 * Owns the table `clusters`, and in memory when each last answered. 1. Only references to credentials are kept. 2. A cluster that a track runs on, or is about to,
 * is not forgotten. 3. Who registered or removed what stands in the ledger.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { ClusterRequest, ClusterView, CredentialsReference } from '@sluice/protocol/http/clusters.ts';
import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import type { ClusterCredentials } from '../kubernetes/credentials/cluster-credentials.ts';
import { type ClusterUser, listClusterUsers } from '../store/clusters/cluster-users.ts';
import {
  type ClusterRow,
  findCluster,
  listClusters,
  putCluster,
  removeCluster,
} from '../store/clusters/clusters.ts';
import type { Database } from '../store/database/open-database.ts';
import { pageOf } from '../store/paging/page-of.ts';
import { askCluster, type ClusterUse } from './ask-cluster.ts';
import { inUse, reserved, unknownCluster, unreadable } from './cluster-refusals.ts';
import type { ClusterRegistry } from './cluster-registry.ts';
import { isReservedName } from './known-clusters.ts';

/** What the registry needs beside the store. */
export interface StoredClustersPorts {
  /** The client of a cluster by its name; rejects with `not-found` when nobody knows it. */
  readonly open: (name: string) => Promise<ClusterClient>;
  /** Rejects with a `SluiceError` when credentials cannot be read or name no server. */
  readonly check: (credentials: ClusterCredentials) => Promise<unknown>;
  /** What a track does with the first of some revisions that it runs or is about to; null when with none. */
  readonly claimWords: ClaimWords;
  readonly now: () => Instant;
}

type ClaimWords = (track: TrackState, revisions: readonly RevisionId[]) => string | null;

/** Clusters are asked for dozens of things; whoever waits longer than this has a cluster that does not answer, in ms. */
const ANSWER_WITHIN_MS = 15_000;
/** Namespaces that permissions are looked at in, of all that use a cluster; each costs some eighty questions. */
const MOST_NAMESPACES = 10;

/** The registered clusters of a tenant. */
export function storedClusters(db: Database, tenant: string, ports: StoredClustersPorts): ClusterRegistry {
  const seen = new Map<string, Instant>();
  return {
    page: (page) => {
      const after = page.cursor === null ? {} : { after: page.cursor };
      const read = (limit: number) => listClusters(db, tenant, { ...after, limit });
      return pageOf(page.limit, read, { item: viewOf, cursor: ({ name }) => name });
    },
    put: async (name, request) => {
      if (isReservedName(name)) return reserved(name);
      const fault = await ports.check(credentialsIn(request.credentials)).then(
        () => null,
        (thrown: unknown) => SluiceError.from(thrown, 'reading the credentials').message,
      );
      if (fault !== null) return unreadable(name, fault);
      const row = rowOf(name, request, ports.now());
      return ok(viewOf(await putCluster(db, tenant, row, registered(row, request.by))));
    },
    remove: async (name, by) => {
      const uses = claimed(await listClusterUsers(db, tenant, name), ports.claimWords);
      if (uses.length > 0) return inUse(name, uses);
      const entry = { at: ports.now(), actor: by, action: 'clusterRemoved', subject: name, detail: {} };
      const row = await removeCluster(db, tenant, name, entry);
      return row ? ok(viewOf(row)) : unknownCluster(name);
    },
    health: async (name, namespace) => {
      const users = claimed(await listClusterUsers(db, tenant, name), ports.claimWords);
      try {
        await ports.open(name);
      } catch (thrown) {
        if (thrown instanceof SluiceError && thrown.code === 'not-found') return unknownCluster(name);
      }
      const uses = users.map(({ track, settings }): ClusterUse => ({ track, settings }));
      const namespaces = namespace === null ? namespacesOf(uses) : [namespace];
      const open = () => ports.open(name);
      const found = await askCluster({ name, open, namespaces, uses, withinMs: ANSWER_WITHIN_MS });
      if (found.reachable) seen.set(name, ports.now());
      return ok({ ...found, seenAt: seen.get(name) ?? null });
    },
  };
}

/** How a registered cluster is reached, or null when nobody has registered it. */
export async function registeredCredentials(
  db: Database,
  tenant: string,
  name: string,
): Promise<ClusterCredentials | null> {
  const row = await findCluster(db, tenant, name);
  return row ? credentialsIn(row.credentials) : null;
}

/** References were parsed when they came in, and are what a client is opened with. */
const credentialsIn = (reference: unknown): ClusterCredentials => reference as ClusterCredentials;

interface ClaimedUse extends ClusterUse {
  /** What the track does with it: `v3, which is stable`. */
  readonly words: string;
}

/** The tracks of which a revision for the cluster is stable, under way or still has requests. */
function claimed(users: readonly ClusterUser[], claimWords: ClaimWords): readonly ClaimedUse[] {
  return users.flatMap(({ trackId, state, revisions }) => {
    const track = { ...newTrack(trackId), ...(state as Partial<TrackState>) };
    const used = revisions.filter(({ id }) => claimWords(track, [id]) !== null);
    const words = claimWords(
      track,
      used.map(({ id }) => id),
    );
    const settings = used.map((revision) => revision.settings as KubernetesSettings);
    return words === null ? [] : [{ track: trackId, words, settings }];
  });
}

function namespacesOf(uses: readonly ClusterUse[]): readonly string[] {
  const all = uses.flatMap(({ settings }) => settings.map(({ namespace }) => namespace));
  const names = [...new Set(all)].sort().slice(0, MOST_NAMESPACES);
  return names.length > 0 ? names : ['default'];
}

const rowOf = (name: string, request: ClusterRequest, at: Instant): ClusterRow => ({
  name,
  region: request.region ?? null,
  provider: request.provider ?? null,
  credentials: request.credentials,
  createdAt: at,
});

const registered = ({ name, createdAt: _at, ...detail }: ClusterRow, by: string) => ({
  at: _at,
  actor: by,
  action: 'clusterRegistered',
  subject: name,
  detail,
});

const viewOf = ({ name, region, provider, credentials, createdAt }: ClusterRow): ClusterView => ({
  name,
  region,
  provider,
  credentials: credentials as CredentialsReference,
  createdAt,
});
