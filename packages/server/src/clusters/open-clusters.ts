/**
 * Purpose: the clients of all clusters, each opened once and shared by everybody.
 *
 * Owns the clients. A cluster whose credentials have changed in the registry is opened anew and the old client is closed.
 */
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import type { ClusterCredentials } from '../kubernetes/credentials/cluster-credentials.ts';

/** Opens clusters by name. */
export interface OpenClusters {
  /** Rejects with a `SluiceError` when the cluster is not registered or its credentials cannot be read. */
  named(name: string): Promise<ClusterClient>;
  close(): Promise<void>;
}

/** What opening needs. */
export interface OpenClustersPorts {
  /** How a cluster is reached; rejects with `not-found` when nobody has registered it. */
  readonly credentialsOf: (name: string) => Promise<ClusterCredentials>;
  readonly open: (name: string, credentials: ClusterCredentials) => Promise<ClusterClient>;
  readonly now: () => number;
}

/** For so long what the registry said is not asked again, in ms. */
const TRUSTED_MS = 5_000;

interface Opened {
  readonly credentials: string;
  readonly client: ClusterClient;
}

/** The clients, kept by name. */
export function openClusters({ credentialsOf, open, now }: OpenClustersPorts): OpenClusters {
  const opened = new Map<string, Promise<Opened>>();
  const checkedAt = new Map<string, number>();
  const openAnew = async (name: string, credentials: ClusterCredentials): Promise<Opened> => ({
    credentials: canonicalJson(credentials),
    client: await open(name, credentials),
  });
  const renew = async (name: string, before: Promise<Opened> | undefined): Promise<Opened> => {
    const credentials = await credentialsOf(name);
    const known = await before?.catch(() => undefined);
    if (known?.credentials === canonicalJson(credentials)) return known;
    const next = await openAnew(name, credentials);
    await known?.client.close();
    return next;
  };
  return {
    named: async (name) => {
      const present = opened.get(name);
      if (present === undefined || now() - (checkedAt.get(name) ?? 0) > TRUSTED_MS) {
        checkedAt.set(name, now());
        const renewed = renew(name, present);
        opened.set(name, renewed);
        renewed.catch(() => {
          if (opened.get(name) === renewed) opened.delete(name);
        });
        return (await renewed).client;
      }
      return (await present).client;
    },
    close: async () => {
      const all = await Promise.allSettled(opened.values());
      for (const one of all) if (one.status === 'fulfilled') await one.value.client.close();
    },
  };
}
