import {
  renderWorkerToken,
  WORKER_TOKEN_KEY,
  workerTokenSecret,
} from '@sluice/kubernetes/render/render-worker-token.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import type { TokenSeats } from '../token-seats.ts';

/** Tokens of workers in Secrets of a namespace, one for each track; its pods see it replaced within a minute or two. */
export const tokenSecrets = (client: ClusterClient, namespace: string): TokenSeats => ({
  read: async (track) => {
    const found = await client.read(workerTokenSecret(namespace, track));
    const data = (found?.['data'] ?? {}) as Readonly<Record<string, string>>;
    const token = data[WORKER_TOKEN_KEY];
    return token === undefined ? null : Buffer.from(token, 'base64').toString('utf8');
  },
  write: async (track, token) => void (await client.apply(renderWorkerToken(namespace, track, token))),
});
