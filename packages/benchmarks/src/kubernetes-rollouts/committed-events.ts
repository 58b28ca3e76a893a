import type { ApiClient } from '@sluice/protocol/http/client.ts';

/** What was committed, as it comes out of the API's stream. */
export interface CommittedEvents {
  /**
   * When the decision behind the next event of a kind and track was made, and when the event came, in ms since the epoch;
   * null when none comes in time.
   */
  next(
    track: string,
    kind: string,
    withinMs: number,
  ): Promise<{ readonly decidedAt: number; readonly cameAt: number } | null>;
  stop(): Promise<void>;
}

/** Follows the events from the present on. */
export async function followCommitted(api: ApiClient): Promise<CommittedEvents> {
  const ending = new AbortController();
  const waiting = new Map<string, (decidedAt: number) => void>();
  const after = await lastSequence(api);
  const following = (async () => {
    for await (const { track, kind, at } of api.events({ after, signal: ending.signal }))
      waiting.get(`${track} ${kind}`)?.(at);
  })();
  return {
    next: (track, kind, withinMs) =>
      new Promise((resolve) => {
        const key = `${track} ${kind}`;
        const late = setTimeout(() => {
          waiting.delete(key);
          resolve(null);
        }, withinMs);
        waiting.set(key, (decidedAt) => {
          clearTimeout(late);
          waiting.delete(key);
          resolve({ decidedAt, cameAt: Date.now() });
        });
      }),
    stop: async () => {
      ending.abort();
      await following;
    },
  };
}

async function lastSequence(api: ApiClient): Promise<number> {
  let last = 0;
  const { signal } = new AbortController();
  for await (const { sequence } of api.events({ after: 0, follow: false, signal })) last = sequence;
  return last;
}
